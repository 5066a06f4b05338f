// The whole content of a store, as a thief of the store would read it.
import { readFile } from 'node:fs/promises'
import { createClient } from '@keyv/redis'

export async function listRedisKeys(url: string): Promise<string[]> {
  const client = await createClient({ url }).connect()
  try {
    return await client.keys('*')
  } finally {
    client.destroy()
  }
}

/** All keys and values of a Redis. */
export async function dumpRedis(url: string): Promise<string> {
  const client = await createClient({ url }).connect()
  try {
    const lines: string[] = []
    for await (const keys of client.scanIterator({ COUNT: 1000 })) {
      for (const key of keys) lines.push(key, (await client.get(key)) ?? '')
    }
    return lines.join('\n')
  } finally {
    client.destroy()
  }
}

/** The bytes of the SQLite file and its WAL, including deleted records that are not yet overwritten. */
export async function dumpSqlite(path: string): Promise<string> {
  const files = await Promise.all([path, `${path}-wal`].map((file) => readFile(file, 'latin1')))
  return files.join('\n')
}
