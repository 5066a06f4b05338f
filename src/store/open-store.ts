// Picks the backend by the scheme of STORE_URL, and puts one guard before it: a deadline, the
// lifetime rule, and the translation of whatever a backend throws.

import { AppError } from '../errors.ts'
import { guardStore } from './guarded-store.ts'
import { createMemoryStore } from './memory-store.ts'
import { openRedisStore } from './redis/redis-store.ts'
import { parseRedisUrl } from './redis/redis-url.ts'
import { openSqliteStore } from './sqlite/sqlite-store.ts'
import type { Store } from './store.ts'

const DEFAULT_DEADLINE_MS = 3000

const ACCEPTED =
  'accepted are sqlite:PATH, redis://HOST:PORT, redis+sentinel://HOST:PORT,…/MASTER, ' +
  'redis+cluster://HOST:PORT,…, each also with rediss for TLS (?ca=PATH where your own authority ' +
  'signs), and, for tests, memory:; what is special in a password is percent-encoded'

interface StoreOptions {
  url: string
  /** For every call; a store that is absent answers with an error within it. */
  deadlineMs?: number
  now?: () => number
  /** What goes wrong behind the calls: a lost connection, a failed sweep, a Redis that may drop records. */
  onError?: (error: Error) => void
}

/**
 * Waits for SQLite, not for Redis: a Redis that is away is found again whenever it comes.
 * Throws on a URL that can't be right, without showing it, since it may hold a password.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, deadlineMs = DEFAULT_DEADLINE_MS, now = Date.now, onError = () => {} } = options
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase()
  switch (scheme) {
    case 'memory:':
      return guardStore({ store: createMemoryStore({ now }), deadlineMs })
    case 'sqlite:': {
      const path = parseSqlitePath(url.slice(scheme.length))
      // Less than the deadline: a write that is reported as failed must not happen afterwards.
      const patienceMs = Math.ceil(deadlineMs * 0.7)
      const opened = openSqliteStore({ path, now, patienceMs, onError })
      const store = await opened.catch((cause: unknown) => {
        throw new AppError('store_unavailable', { cause })
      })
      return guardStore({ store, deadlineMs })
    }
    default: {
      const target = parseRedisUrl(url)
      if (target === undefined) throw new Error(`the store URL is not valid; ${ACCEPTED}`)
      const store = await openRedisStore({ target, deadlineMs, onError })
      return guardStore({ store, deadlineMs })
    }
  }
}

function parseSqlitePath(rest: string): string {
  const path = rest.startsWith('///') ? rest.slice(2) : rest
  if (path === '' || path === ':memory:' || path.startsWith('//')) {
    throw new Error(`the store URL names no SQLite file; ${ACCEPTED}`)
  }
  return path
}
