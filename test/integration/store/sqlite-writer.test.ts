// The writer thread of the SQLite backend: what happens when it dies, and when the store is closed.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { openStore } from '../../../src/store/open-store.ts'
import { openSqliteFile } from '../../support/sqlite-file.ts'
import { waitUntil } from '../../support/wait-until.ts'

const UNAVAILABLE = { code: 'store_unavailable' }

// Not concurrent: a thread belongs to the store that was opened last.
describe('when the thread that writes to SQLite dies', () => {
  it('every pending write and the ping fail, reads go on, and a new thread writes again', async (t) => {
    const { store, path, errors, threads } = await open(t)
    await store.set('a', '1', 60)
    // Nothing is committed while another process has the lock.
    const other = openSqliteFile(path)
    other.exec('BEGIN IMMEDIATE')
    const pending = [
      store.set('a', '2', 60),
      store.take('a'),
      store.swap('a', '1', undefined, 60),
      store.delete('a'),
    ].map((call) => assert.rejects(call, UNAVAILABLE))
    await threads[0]?.terminate()
    await Promise.all(pending)
    await assert.rejects(store.ping(), UNAVAILABLE)
    await assert.rejects(store.set('b', '1', 60), UNAVAILABLE)
    assert.equal(await store.get('a'), '1')
    other.exec('ROLLBACK')
    other.close()
    await waitUntil(() => isReady(store))
    assert.equal(await store.get('a'), '1')
    assert.equal(await store.take('a'), '1')
    assert.equal(await store.get('a'), undefined)
    assert.match(String(errors[0]), /the thread that writes to the SQLite file ended/)
    assert.deepEqual([errors.length, threads.length], [1, 2])
  })

  it('every new thread that dies is followed by another, and what was written stays', async (t) => {
    const { store, threads } = await open(t)
    for (let n = 0; n < 3; n += 1) {
      await waitUntil(() => isReady(store))
      await store.set(`k${n}`, '1', 60)
      await threads.at(-1)?.terminate()
    }
    await waitUntil(() => isReady(store))
    for (let n = 0; n < 3; n += 1) assert.equal(await store.get(`k${n}`), '1')
  })

  it('no new thread writes to another file than the one that is read', async (t) => {
    const { store, path, errors, threads } = await open(t)
    await store.set('a', '1', 60)
    await rename(path, `${path}.away`)
    await threads[0]?.terminate()
    await waitUntil(() => errors.length >= 2)
    assert.match(String(errors[1]?.cause), /was deleted or replaced while the server ran/)
    await assert.rejects(store.ping(), UNAVAILABLE)
    await assert.rejects(store.set('a', '2', 60), UNAVAILABLE)
    assert.equal(await store.get('a'), '1')
    await rename(`${path}.away`, path)
    await waitUntil(() => isReady(store))
    await store.set('a', '2', 60)
    assert.equal(await store.get('a'), '2')
  })

  it('a store that is closed meanwhile stays closed, and does not start another', async (t) => {
    const { store, threads } = await open(t)
    await threads[0]?.terminate()
    await store.close()
    await new Promise((done) => setTimeout(done, 300))
    assert.equal(threads.length, 1)
  })
})

describe('a store in SQLite that is closed', () => {
  it('first finishes the writes that it was given', async (t) => {
    const { store, path } = await open(t)
    const writes = Array.from({ length: 100 }, (_, n) => store.swap(`k${n}`, undefined, '1', 60))
    await store.close()
    await Promise.all(writes)
    const database = openSqliteFile(path)
    assert.equal(database.prepare('SELECT count(*) AS n FROM records').get()?.['n'], 100)
    database.close()
  })

  for (const [what, script] of Object.entries({
    'after it was closed': 'await store.set("a", "1", 60); await store.close()',
    'without being closed, once no write is pending': 'await store.set("a", "1", 60)',
    'with a write that nobody awaits, which is carried out': 'void store.set("a", "1", 60)',
  })) {
    it(`lets its process end ${what}`, async (t) => {
      const { store, path } = await open(t)
      await runScript(t, path, script)
      assert.equal(await store.get('a'), '1')
    })
  }
})

async function isReady(store: { ping(): Promise<void> }): Promise<boolean> {
  return store.ping().then(
    () => true,
    () => false,
  )
}

async function runScript(t: TestContext, path: string, script: string): Promise<void> {
  const openStoreFile = import.meta.resolve('../../../src/store/open-store.ts')
  const opening = `
    import { openStore } from '${openStoreFile}'
    const store = await openStore({ url: 'sqlite:${path}' })\n`
  const args = ['--input-type=module', '--eval', opening + script]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  t.after(() => child.kill('SIGKILL'))
  const signal = AbortSignal.timeout(10_000)
  assert.deepEqual(await once(child, 'exit', { signal }), [0, null])
}

/** @returns also the errors outside of a call, and the threads that the store has started so far */
async function open(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  const path = join(directory, 'store.sqlite')
  const errors: Error[] = []
  const threads: Worker[] = []
  const addThread = (thread: Worker): void => void threads.push(thread)
  process.on('worker', addThread)
  const store = await openStore({
    url: `sqlite:${path}`,
    onError: (error) => errors.push(error),
  })
  t.after(async () => {
    process.off('worker', addThread)
    await store.close()
    await rm(directory, { recursive: true })
  })
  return { store, path, errors, threads }
}
