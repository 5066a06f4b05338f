// The number of records in a store and their size in bytes, by kind.
import { createClient } from '@keyv/redis'
import { openSqliteFile } from './sqlite-file.ts'

export interface Size {
  readonly records: number
  readonly bytes: number
}

/** By kind (`client`, `grant`, `refresh-family` …): the part of a key after the installation's prefix. */
export type StoreSize = Readonly<Record<string, Size>>

function sumUp(sizes: Iterable<readonly [key: string, bytes: number]>): StoreSize {
  const sums: Record<string, Size> = {}
  for (const [key, bytes] of sizes) {
    const kind = key.split(':')[1] ?? ''
    const sum = sums[kind] ?? { records: 0, bytes: 0 }
    sums[kind] = { records: sum.records + 1, bytes: sum.bytes + bytes }
  }
  return sums
}

/** The MEMORY USAGE of each key: its name, its value and the overhead of Redis. */
export async function measureRedis(url: string): Promise<StoreSize> {
  const client = await createClient({ url }).connect()
  try {
    const sizes: [string, number][] = []
    for await (const keys of client.scanIterator({ COUNT: 1000 })) {
      const bytes = await Promise.all(keys.map((key) => client.memoryUsage(key)))
      for (const [n, key] of keys.entries()) sizes.push([key, bytes[n] ?? 0])
    }
    return sumUp(sizes)
  } finally {
    client.destroy()
  }
}

export async function measureSqlite(path: string): Promise<StoreSize> {
  const database = openSqliteFile(path, { readOnly: true })
  try {
    const rows = database.prepare('SELECT key, value FROM records').all()
    return sumUp(rows.map(({ key, value }) => [String(key), `${key}${value}`.length] as const))
  } finally {
    database.close()
  }
}
