// Fills a store with grants: copies of the records of a real session under other names. Nobody reads them.
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@keyv/redis'

/** The kinds of records that one grant adds, by the second part of their keys. */
const KINDS = ['account', 'grant', 'refresh-family'] as const
const PREFIX = 'mcp-oidc'
const DAY_MS = 24 * 60 * 60_000
const LIFETIME_MS = DAY_MS
const BATCH = 2000

export interface Filling {
  /** Adds so many grants. @param lifetimeMs negative: they have expired already, which only SQLite keeps */
  add(grants: number, lifetimeMs?: number): Promise<void>
  /** The number of records that are due to be swept: a day after they have expired. 0 on Redis, which keeps none. */
  countExpired(): number
  close(): Promise<void>
}

function createKey(kind: string): string {
  return `${PREFIX}:${kind}:${randomBytes(32).toString('base64url')}`
}

/** @param url of a store with at least one session in it */
export async function openFilling(url: string): Promise<Filling> {
  return url.startsWith('sqlite:')
    ? openSqliteFilling(url.slice('sqlite:'.length))
    : openRedisFilling(url)
}

async function openRedisFilling(url: string): Promise<Filling> {
  const client = await createClient({ url }).connect()
  const samples: (readonly [kind: string, value: string])[] = []
  for (const kind of KINDS) {
    for await (const keys of client.scanIterator({ MATCH: `${PREFIX}:${kind}:*`, COUNT: 1000 })) {
      const [key] = keys
      const value = key === undefined ? null : await client.get(key)
      if (value === null) continue
      samples.push([kind, value])
      break
    }
  }
  return {
    async add(grants, lifetimeMs = LIFETIME_MS) {
      for (let done = 0; done < grants; done += BATCH) {
        const commands = client.multi()
        for (let n = 0; n < Math.min(BATCH, grants - done); n++) {
          for (const [kind, value] of samples) {
            commands.set(createKey(kind), value, { expiration: { type: 'PX', value: lifetimeMs } })
          }
        }
        await commands.execAsPipeline()
      }
    },
    countExpired: () => 0,
    async close() {
      client.destroy()
    },
  }
}

async function openSqliteFilling(path: string): Promise<Filling> {
  const database = new DatabaseSync(path, { timeout: 5000 })
  // These records need not survive a crash.
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000')
  const find = database.prepare('SELECT value FROM records WHERE key > ? AND key < ? LIMIT 1')
  const samples = KINDS.map((kind) => {
    const row = find.get(`${PREFIX}:${kind}:`, `${PREFIX}:${kind};`)
    return [kind, String(row?.['value'])] as const
  })
  const insert = database.prepare(
    'INSERT INTO records (key, value, expires_at_ms) VALUES (?, ?, ?)',
  )
  const expired = database.prepare('SELECT count(*) AS n FROM records WHERE expires_at_ms < ?')
  return {
    async add(grants, lifetimeMs = LIFETIME_MS) {
      for (let done = 0; done < grants; done += BATCH) {
        database.exec('BEGIN IMMEDIATE')
        for (let n = 0; n < Math.min(BATCH, grants - done); n++) {
          for (const [kind, value] of samples) {
            insert.run(createKey(kind), value, Date.now() + lifetimeMs)
          }
        }
        database.exec('COMMIT')
        await new Promise(setImmediate)
      }
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      // Otherwise the server's next fsync would write all of it.
      const file = openSync(path, 'r')
      fsyncSync(file)
      closeSync(file)
    },
    countExpired: () => Number(expired.get(Date.now() - DAY_MS)?.['n']),
    async close() {
      database.close()
    },
  }
}
