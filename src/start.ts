// The process edge: environment → config → one server, or as many workers as WORKERS says.
import cluster from 'node:cluster'
import { type Config, ConfigError, loadConfig } from './config/load.ts'
import { isTaken } from './http/routes.ts'

/** sysexits.h EX_CONFIG */
const EXIT_CONFIG = 78

const HELP = 'See docs/troubleshooting.md#faulty-settings'

/** Resolves when all that this process needs is loaded. */
export async function start(): Promise<void> {
  const config = loadOrExit()
  if (config.workers > 1 && cluster.isPrimary) {
    const { superviseWorkers } = await import('./workers.ts')
    superviseWorkers(config)
    return
  }
  const { serve } = await import('./serve.ts')
  await serve(config, cluster.worker?.id)
}

function loadOrExit(): Config {
  try {
    return loadConfig(process.env, { isTaken })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const lines = [`mcp-oidc-server cannot start: ${error.message}.`, ...error.faults]
    process.stderr.write(`${lines.join('\n  ')}\n${HELP}\n`)
    process.exit(EXIT_CONFIG)
  }
}
