// Group commit: writes that wait together share a transaction, and each keeps the guarantees of a statement
// of its own. test/chaos/slow-disk.test.ts measures what it gains.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import { openSqliteFile } from '../../support/sqlite-file.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { countCommits } from '../../support/write-ahead-log.ts'

const WRITES = 16
const UNAVAILABLE = { code: 'store_unavailable' }

describe('writes to SQLite that arrive together', { concurrency: true }, () => {
  it('share one transaction', async (t) => {
    const { store, path } = await open(t)
    const before = countCommits(path)
    const swapped = await Promise.all(times((n) => store.swap(`k${n}`, undefined, 'created', 60)))
    assert.deepEqual(swapped, Array(WRITES).fill(true))
    assert.equal(countCommits(path) - before, 1)
  })

  it('share one transaction if they arrived one after the other while another was committed', async (t) => {
    const { store, path } = await open(t)
    rejectKeys(path)
    const before = countCommits(path)
    const slow = store.set('slow', '1', 60)
    await waitUntil(() => isBeingWritten(path))
    const others = times(async (n) => {
      await sleep(n)
      await store.set(`k${n}`, '1', 60)
    })
    await Promise.all([slow, ...others])
    assert.equal(countCommits(path) - before, 2)
  })

  it('see each other in the order in which they were made', async (t) => {
    const { store } = await open(t)
    const outcomes = await Promise.all([
      store.swap('a', undefined, '1', 60),
      store.swap('a', undefined, '2', 60),
      store.swap('a', '1', '3', 60),
      store.take('a'),
      store.take('a'),
      store.swap('a', undefined, '4', 60),
    ])
    assert.deepEqual(outcomes, [true, false, true, '3', undefined, true])
    assert.equal(await store.get('a'), '4')
  })

  it('do not fail because one of them fails', async (t) => {
    const { store, path } = await open(t)
    await store.set('taken', '1', 60)
    rejectKeys(path)
    const [refused, taken] = await Promise.allSettled([
      store.set('refused', '1', 60),
      store.take('taken'),
      ...times((n) => store.set(`k${n}`, '1', 60)),
    ])
    assert.equal(refused.status, 'rejected')
    assert.deepEqual(taken, { status: 'fulfilled', value: '1' })
    const values = await Promise.all(times((n) => store.get(`k${n}`)))
    assert.deepEqual(values, Array(WRITES).fill('1'))
    assert.equal(await store.get('refused'), undefined)
    assert.equal(await store.get('trace of refused'), undefined)
  })

  it('all fail, and none of them happens, if SQLite rolls their transaction back', async (t) => {
    const { store, path } = await open(t)
    await store.set('taken', '1', 60)
    rejectKeys(path)
    const calls = [
      store.take('taken'),
      ...times((n) => store.set(`before${n}`, '1', 60)),
      store.set('fatal', '1', 60),
      ...times((n) => store.set(`after${n}`, '1', 60)),
    ]
    await Promise.all(calls.map((call) => assert.rejects(call, UNAVAILABLE)))
    for (const name of ['before', 'after']) {
      const values = await Promise.all(times((n) => store.get(`${name}${n}`)))
      assert.deepEqual(values, Array(WRITES).fill(undefined))
    }
    assert.equal(await store.get('taken'), '1')
    await store.set('a', '1', 60)
  })

  it('never happen if they were still waiting when they were reported as failed', async (t) => {
    const { store, path } = await open(t, { deadlineMs: 100 })
    rejectKeys(path)
    const slow = assert.rejects(store.set('slow', '1', 60), UNAVAILABLE)
    await waitUntil(() => isBeingWritten(path))
    const late = times((n) => assert.rejects(store.set(`late${n}`, '1', 60), UNAVAILABLE))
    await Promise.all([slow, ...late])
    // Its transaction had begun, so its outcome was unknown.
    await waitUntil(async () => (await store.get('slow')) !== undefined)
    await store.set('next', '1', 60)
    const values = await Promise.all(times((n) => store.get(`late${n}`)))
    assert.deepEqual(values, Array(WRITES).fill(undefined))
  })
})

describe('a slow write to SQLite', () => {
  it('delays neither reads nor the event loop', async (t) => {
    const { store, path } = await open(t)
    await store.set('a', '1', 60)
    rejectKeys(path)
    let isWriting = true
    const slow = store.set('slow', '1', 60).finally(() => (isWriting = false))
    await sleep(20)
    let reads = 0
    while (isWriting) {
      assert.equal(await store.get('a'), '1')
      await sleep(1)
      reads += 1
    }
    await slow
    assert.ok(reads > 20, `${reads} reads`)
  })
})

describe('a read from SQLite', () => {
  it('sees every write of this process that was acknowledged, and none before its commit', async (t) => {
    const { store, path } = await open(t)
    const work = async (key: string): Promise<void> => {
      let value: string | undefined
      for (let n = 0; n < 100; n += 1) {
        assert.equal(await store.swap(key, value, `${n}`, 60), true)
        assert.equal(await store.get(key), `${n}`)
        value = `${n}`
      }
      assert.equal(await store.take(key), value)
      assert.equal(await store.get(key), undefined)
    }
    await Promise.all(times((n) => work(`k${n}`)))
    rejectKeys(path)
    const slow = store.set('slow', '1', 60)
    await waitUntil(() => isBeingWritten(path))
    assert.equal(await store.get('slow'), undefined)
    await slow
    assert.equal(await store.get('slow'), '1')
  })
})

function times<T>(make: (n: number) => T): T[] {
  return Array.from({ length: WRITES }, (_, n) => make(n))
}

/** From now on, a record `refused` fails alone, `fatal` ends the transaction, and `slow` takes 0.3 s or more. */
function rejectKeys(path: string): void {
  const database = openSqliteFile(path)
  database.exec(`
    CREATE VIEW slowness AS WITH RECURSIVE counter (n) AS
      (SELECT 1 UNION ALL SELECT n + 1 FROM counter LIMIT 1500000) SELECT count(*) AS n FROM counter;
    CREATE TRIGGER slow BEFORE INSERT ON records WHEN new.key = 'slow'
      BEGIN SELECT n FROM slowness; END;
    CREATE TRIGGER refused AFTER INSERT ON records WHEN new.key = 'refused' BEGIN
      INSERT INTO records VALUES ('trace of refused', '', new.expires_at_ms);
      SELECT RAISE(FAIL, 'refused');
    END;
    CREATE TRIGGER fatal BEFORE INSERT ON records WHEN new.key = 'fatal'
      BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END;`)
  database.close()
}

/** Whether a transaction has begun that writes. */
function isBeingWritten(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK')
    return false
  } catch {
    return true
  } finally {
    database.close()
  }
}

async function open(t: TestContext, options: { deadlineMs?: number } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  const path = join(directory, 'store.sqlite')
  const store = await openStore({ url: `sqlite:${path}`, ...options })
  t.after(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })
  return { store, path }
}
