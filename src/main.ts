// The entry: Node keeps the code that it compiled and stripped of types, so that the next start takes half the time.
// start.ts is the process edge.
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'

/** By when a start has loaded all that it needs. A process that is killed later leaves its cache behind. */
const LOADED_MS = 5000

// Only those who may write to node_modules can write here, and so decide what runs anyway. If this process cannot,
// it starts without a cache.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/mcp-oidc-server'))
const { start } = await import('./start.ts')
await start()
setTimeout(flushCompileCache, LOADED_MS).unref()
