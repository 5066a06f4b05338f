// Opens the backend that the scheme of STORE_URL names, and wraps it in the guard, which adds a deadline,
// checks lifetimes and translates errors.

import { existsSync } from 'node:fs'
import { AppError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { guardStore } from './guarded-store.ts'
import { createMemoryStore } from './memory-store.ts'
import { parseRedisUrl } from './redis/redis-url.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'
import type { Store } from './store.ts'

const DEFAULT_DEADLINE_MS = 3000

const ACCEPTED_FORMS =
  'use sqlite:PATH, redis://HOST:PORT, redis+sentinel://HOST:PORT,…/MASTER or ' +
  'redis+cluster://HOST:PORT,… (rediss for TLS, with ?ca=PATH for a CA of your own), or memory: in ' +
  'tests; percent-encode special characters in a password'

interface StoreOptions {
  url: string
  /** A call that has no result after this long rejects. */
  deadlineMs?: number
  /** Of SQLite: rejects if there is no file, instead of creating one. */
  mustExist?: boolean
  now?: () => number
  /** Milliseconds since any fixed point, never adjusted: confirms `now` before SQLite deletes by it. */
  monotonicNow?: () => number
  /** Called for faults outside of a call: a lost connection, a failed sweep, a Redis that may drop records. */
  onError?: (error: Error) => void
}

/**
 * Rejects if SQLite can't be opened or its file is damaged. Opens even while Redis is down, and connects
 * once Redis is up. Throws on an invalid URL, without quoting it, since it may contain a password.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, deadlineMs = DEFAULT_DEADLINE_MS, now = Date.now, onError = () => {} } = options
  const { monotonicNow = () => performance.now() } = options
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase()
  switch (scheme) {
    case 'memory:':
      return guardStore({ store: createMemoryStore({ now }), deadlineMs })
    case 'sqlite:': {
      const path = parseSqlitePath(url.slice(scheme.length))
      if (options.mustExist && !existsSync(path)) {
        const cause = new Error(`the SQLite file ${path} does not exist`)
        throw new AppError('store_unavailable', { cause })
      }
      // Shorter than the deadline: a write that was reported as failed must not happen afterwards.
      const busyTimeoutMs = Math.ceil(deadlineMs * 0.7)
      const opening = openSqliteStore({ path, now, monotonicNow, busyTimeoutMs, onError })
      const store = await opening.catch((cause: unknown) => {
        throw new AppError('store_unavailable', { cause })
      })
      return guardStore({ store, deadlineMs })
    }
    default: {
      const target = parseRedisUrl(url)
      if (target === undefined) throw new Error(`the store URL is not valid; ${ACCEPTED_FORMS}`)
      // Its client is 400 modules, a third of the start-up of a server with another store.
      const { openRedisStore } = await import('./redis/redis-store.ts')
      const store = await openRedisStore({ target, deadlineMs, onError })
      return guardStore({ store, deadlineMs })
    }
  }
}

/** Undefined: the URL is of another backend. @throws on an invalid URL */
export function findSqlitePath(url: string): string | undefined {
  return /^sqlite:/i.test(url) ? parseSqlitePath(url.slice('sqlite:'.length)) : undefined
}

/** The store of the configuration, with its trouble in the log. */
export function openConfiguredStore(options: {
  config: { readonly storeUrl: string }
  logger: Pick<Logger, 'warn'>
  now?: () => number
}): Promise<Store> {
  const { config, logger, now = Date.now } = options
  const onError = (err: Error): void => logger.warn({ err }, 'the store has trouble')
  return openStore({ url: config.storeUrl, now, onError })
}

function parseSqlitePath(rest: string): string {
  const path = rest.startsWith('///') ? rest.slice(2) : rest
  if (path === '' || path === ':memory:' || path.startsWith('//')) {
    throw new Error(`the store URL names no SQLite file; ${ACCEPTED_FORMS}`)
  }
  return path
}
