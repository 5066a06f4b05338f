// A SQLite file that is deleted, replaced or damaged, before or while a store is open on it.
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { logIn, refresh } from '../../support/journey.ts'
import { jsonOf, send } from '../../support/send.ts'
import { startTestServer } from '../../support/server.ts'
import { openSqliteFile } from '../../support/sqlite-file.ts'
import { waitUntil } from '../../support/wait-until.ts'

describe('a SQLite file that was deleted or replaced under an open store', () => {
  const CHANGES: Record<string, (path: string) => Promise<void>> = {
    deleted: (path) => rm(path),
    'replaced by another file': async (path) => {
      await writeFile(`${path}.new`, '')
      await rename(`${path}.new`, path)
    },
    'left without its write-ahead log': (path) => rm(`${path}-wal`),
  }
  for (const [how, change] of Object.entries(CHANGES)) {
    it(`takes no more writes and fails the ping, and is read on, when it is ${how}`, async (t) => {
      const path = await newPath(t)
      const store = await open(t, path)
      for (const key of ['a', 'b', 'c']) await store.set(key, '1', 60)
      await change(path)
      const calls = {
        ping: () => store.ping(),
        set: () => store.set('a', '2', 60),
        create: () => store.swap('d', undefined, '1', 60),
        replace: () => store.swap('a', '1', '2', 60),
        remove: () => store.swap('a', '1', undefined, 60),
        take: () => store.take('b'),
        delete: () => store.delete('c'),
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(call, namesLostFile(path), name)
      }
      const values = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get(key)))
      assert.deepEqual(values, ['1', '1', '1', undefined])
    })
  }

  it('works again once it is back in its place', async (t) => {
    const path = await newPath(t)
    const store = await open(t, path)
    await rename(path, `${path}.away`)
    await assert.rejects(store.set('a', '1', 60), namesLostFile(path))
    await rename(`${path}.away`, path)
    await store.set('a', '1', 60)
    assert.equal(await store.get('a'), '1')
  })

  it('is reported even if nobody writes', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const errors: Error[] = []
    await open(t, path, { onError: (error) => errors.push(error) })
    t.mock.timers.tick(30_000)
    assert.deepEqual(errors, [])
    await rm(path)
    t.mock.timers.tick(30_000)
    assert.match(String(errors[0]), /was deleted or replaced while the server ran; restart/)
  })

  it('makes the server unready and every refresh a 503, and the log says why', async (t) => {
    const path = await newPath(t)
    const server = await startTestServer({ env: { STORE_URL: `sqlite:${path}` } })
    t.after(server.close)
    const { client, tokens } = await logIn(server.issuer)
    assert.equal((await send(`${server.issuer}/readyz`)).status, 200)
    await rm(path)
    server.logLines.length = 0
    // The outcome of the last check is kept for a second.
    await sleep(1050)
    const ready = await send(`${server.issuer}/readyz`)
    assert.deepEqual([ready.status, jsonOf(ready)['missing']], [503, ['store']])
    const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    for (const message of ['not ready: the store cannot be used', 'request failed']) {
      const line = server.logLines.find((text) => JSON.parse(text).msg === message)
      assert.match(String(line), /store\.sqlite was deleted or replaced/, message)
      const { hint } = JSON.parse(String(line))
      assert.equal(hint, 'docs/troubleshooting.md#storage-unreachable', message)
    }
    assert.equal(existsSync(path), false)
  })
})

describe('a damaged SQLite file', () => {
  const DAMAGE: Record<string, (bytes: Buffer) => void> = {
    // Its record would count as absent, and PRAGMA quick_check does not find it.
    'a flipped bit in a key': (bytes) => flipBit(bytes, bytes.indexOf('key:7') + 4),
    'a flipped bit in the header of a page': (bytes) => flipBit(bytes, 4096 + 3),
    'a page of zeros': (bytes) => void bytes.fill(0, 4096, 8192),
    'a foreign header': (bytes) => void bytes.write('not a database'),
  }
  for (const [what, change] of Object.entries(DAMAGE)) {
    it(`is not opened, and the error names the file and the way back: ${what}`, async (t) => {
      const path = await newPath(t)
      await (await open(t, path)).close()
      fill(path)
      const bytes = readFileSync(path)
      change(bytes)
      writeFileSync(path, bytes)
      await assert.rejects(openStore({ url: `sqlite:${path}` }), namesDamagedFile(path))
      assert.deepEqual(readFileSync(path), bytes)
    })
  }

  for (const [what, at] of [
    ['NOTADB', 0],
    ['CORRUPT', 4096],
  ] as const) {
    it(`is store_unavailable while the store runs, and the error names the file and the way back: ${what}`, async (t) => {
      const path = await newPath(t)
      const errors: Error[] = []
      let monotonicMs = 0
      t.mock.timers.enable({ apis: ['setInterval'] })
      const store = await open(t, path, {
        onError: (error) => errors.push(error),
        monotonicNow: () => monotonicMs,
      })
      fill(path)
      const fd = openSync(path, 'r+')
      const end = readFileSync(path).length
      writeSync(fd, Buffer.alloc((at === 0 ? 4096 : end) - at, 'x'), 0, undefined, at)
      closeSync(fd)
      const calls = {
        get: () => store.get('key:7'),
        set: () => store.set('key:7', '2', 60),
        swap: () => store.swap('key:7', undefined, '2', 60),
        take: () => store.take('key:7'),
        delete: () => store.delete('key:7'),
        ping: () => store.ping(),
      }
      for (const [name, call] of Object.entries(calls)) {
        await assert.rejects(call, namesDamagedFile(path), name)
      }
      monotonicMs += 10 * 60_000
      t.mock.timers.tick(30_000)
      await waitUntil(() => errors.length > 0)
      assert.match(String(errors[0]), /is damaged; stop the server/)
    })
  }
})

function namesLostFile(path: string) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.code, 'store_unavailable')
    const message = String(error.cause)
    assert.ok(message.includes(`${basename(path)}`), message)
    assert.match(message, /was deleted or replaced while the server ran; restart the server/)
    return true
  }
}

function namesDamagedFile(path: string) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.code, 'store_unavailable')
    const message = String(error.cause)
    assert.ok(message.includes(`the SQLite file ${path} is damaged`), message)
    assert.match(message, /-wal and -shm.*backup.*\.recover.*everybody signs in again/)
    return true
  }
}

function flipBit(bytes: Buffer, at: number): void {
  assert.ok(at > 4096 && at < bytes.length)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
}

/** Stores records on several pages, in the file itself and not in its write-ahead log. */
function fill(path: string): void {
  const database = openSqliteFile(path)
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?)')
  database.exec('BEGIN')
  for (let n = 0; n < 100; n += 1) {
    insert.run(`key:${n}`, 'x'.repeat(700), Date.now() + 60_000)
  }
  database.exec('COMMIT')
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

async function open(
  t: TestContext,
  path: string,
  options: Omit<Parameters<typeof openStore>[0], 'url'> = {},
): Promise<Store> {
  const store = await openStore({ url: `sqlite:${path}`, ...options })
  t.after(() => store.close())
  return store
}

async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'store.sqlite')
}
