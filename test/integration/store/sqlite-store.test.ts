// The guarantees of the SQLite backend beyond store-suite.test.ts. sqlite-processes.test.ts has several
// processes on one file.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import { openSqliteDatabase } from '../../../src/store/sqlite/sqlite-database.ts'
import { DAY_SECONDS } from '../../support/clock.ts'
import { openSqliteFile } from '../../support/sqlite-file.ts'
import { waitUntil } from '../../support/wait-until.ts'

describe('a store in SQLite', { concurrency: true }, () => {
  it('keeps its records when it is reopened, in a file that only its owner can read', async (t) => {
    const path = await newPath(t)
    const first = await openStore({ url: `sqlite:${path}` })
    await first.set('a', '1', 60)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
    await first.close()
    assert.equal(existsSync(`${path}-wal`), false)
    const second = await openStore({ url: `sqlite:${path}` })
    assert.equal(await second.get('a'), '1')
    await second.close()
  })

  it('shares its records with a second store on the same file, and each record is taken once', async (t) => {
    const url = `sqlite:${await newPath(t)}`
    const [one, two] = await Promise.all([openStore({ url }), openStore({ url })])
    await one.set('a', '1', 60)
    assert.equal(await two.get('a'), '1')
    assert.equal(await two.swap('a', '1', '2', 60), true)
    assert.equal(await one.swap('a', '1', '3', 60), false)
    const taken = await Promise.all([one.take('a'), two.take('a'), one.take('a'), two.take('a')])
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ['2'],
    )
    await Promise.all([one.close(), two.close()])
  })

  it('answers store_unavailable within 5 s while the file is locked, without blocking the event loop', async (t) => {
    const path = await newPath(t)
    const store = await openStore({ url: `sqlite:${path}` })
    await store.set('a', '1', 60)
    const other = openSqliteFile(path)
    other.exec('BEGIN EXCLUSIVE')
    const startedAtMs = performance.now()
    const calls = Array.from({ length: 20 }, () => [
      assert.rejects(store.set('a', '2', 60), { code: 'store_unavailable' }),
      assert.rejects(store.take('a'), { code: 'store_unavailable' }),
      assert.rejects(store.swap('a', '1', '2', 60), { code: 'store_unavailable' }),
    ])
    let longestTurnMs = 0
    let isWaiting = true
    const watched = (async () => {
      while (isWaiting) {
        const turnAtMs = performance.now()
        await sleep(1)
        longestTurnMs = Math.max(longestTurnMs, performance.now() - turnAtMs)
      }
    })()
    await Promise.all(calls.flat())
    isWaiting = false
    await watched
    assert.ok(performance.now() - startedAtMs < 5000)
    assert.ok(longestTurnMs < 1500, `the event loop was blocked for ${longestTurnMs} ms`)
    other.exec('ROLLBACK')
    other.close()
    assert.equal(await store.take('a'), '1')
    await store.close()
  })

  it('does not carry out a write afterwards that it has reported as failed', async (t) => {
    const path = await newPath(t)
    const deadlineMs = 500
    const store = await openStore({ url: `sqlite:${path}`, deadlineMs })
    await store.set('a', '1', 60)
    const other = openSqliteFile(path)
    other.exec('BEGIN EXCLUSIVE')
    await Promise.all([
      assert.rejects(store.set('a', '2', 60), { code: 'store_unavailable' }),
      assert.rejects(store.take('a'), { code: 'store_unavailable' }),
    ])
    other.exec('ROLLBACK')
    other.close()
    await sleep(deadlineMs)
    assert.equal(await store.get('a'), '1')
    await store.close()
  })

  it('waits for a short lock to be released', async (t) => {
    const path = await newPath(t)
    const store = await openStore({ url: `sqlite:${path}` })
    const other = openSqliteFile(path)
    other.exec('BEGIN EXCLUSIVE')
    const set = store.set('a', '1', 60)
    await sleep(200)
    other.exec('COMMIT')
    other.close()
    await set
    assert.equal(await store.get('a'), '1')
    await store.close()
  })

  it('rejects a file of a newer schema, and does not change it', async (t) => {
    const path = await newPath(t)
    await (await openStore({ url: `sqlite:${path}` })).close()
    const other = openSqliteFile(path)
    other.exec('PRAGMA user_version = 99')
    await assert.rejects(openStore({ url: `sqlite:${path}` }), (error: Error) => {
      assert.match(String(error.cause), /newer/)
      return true
    })
    assert.equal(other.prepare('PRAGMA user_version').get()?.['user_version'], 99)
    other.close()
    // SQLite deletes it when the last connection is closed.
    assert.equal(existsSync(`${path}-wal`), false)
  })

  it('writes every commit through to the disk', async (t) => {
    const database = await openSqliteDatabase(await newPath(t), 0)
    t.after(() => database.close())
    const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name]
    const full = 2
    assert.deepEqual([pragma('journal_mode'), pragma('synchronous')], ['wal', full])
  })
})

// Not concurrent: they mock the same timers.
describe('a SQLite file with expired records', () => {
  it('is swept of those that expired a day ago', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const clock = createClock()
    const store = await openStore({ url: `sqlite:${path}`, ...clock })
    const other = openSqliteFile(path)
    insertRecords(path, 1100, '1', clock.now() + 60_000)
    await store.set('expired a second less ago', '1', 61)
    await store.set('valid', '1', 2 * DAY_SECONDS)
    clock.advance(60_000 + DAY_MS)
    t.mock.timers.tick(30_000)
    const keys = other.prepare('SELECT key FROM records')
    await waitUntil(() => keys.all().length <= 2)
    const left = keys.all().map((row) => row['key'])
    assert.deepEqual(left, ['expired a second less ago', 'valid'])
    other.close()
    await store.close()
  })

  it('gives the space of what was swept back to the file system, in a new file', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const clock = createClock()
    const store = await openStore({ url: `sqlite:${path}`, ...clock })
    t.after(() => store.close())
    insertRecords(path, 5000, 'x'.repeat(1000), clock.now() + 60_000)
    await store.set('valid', '1', 2 * DAY_SECONDS)
    const other = openSqliteFile(path)
    t.after(() => other.close())
    // A checkpoint cuts the file.
    const bytes = (): number => {
      other.exec('PRAGMA wal_checkpoint(PASSIVE)')
      return statSync(path).size
    }
    const fullBytes = bytes()
    assert.ok(fullBytes > 5_000_000)
    clock.advance(60_000 + DAY_MS)
    t.mock.timers.tick(30_000)
    // 1 MiB is kept for new records.
    await waitUntil(() => bytes() < 1_200_000)
    assert.equal(await store.get('valid'), '1')
    assert.equal(other.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
  })

  it('keeps its size if an earlier release made it, and is swept all the same', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const clock = createClock()
    await (await openStore({ url: `sqlite:${path}` })).close()
    const other = openSqliteFile(path)
    t.after(() => other.close())
    other.exec('PRAGMA auto_vacuum = NONE; VACUUM')
    insertRecords(path, 5000, 'x'.repeat(1000), clock.now() + 60_000)
    const store = await openStore({ url: `sqlite:${path}`, ...clock })
    t.after(() => store.close())
    clock.advance(60_000 + DAY_MS)
    const count = other.prepare('SELECT count(*) AS n FROM records')
    for (let n = 0; n < 2; n += 1) {
      t.mock.timers.tick(30_000)
      await waitUntil(() => count.get()?.['n'] === 0)
      // Past the sweep's last step.
      await sleep(100)
      insertRecords(path, 100, '1', clock.now() - DAY_MS - 1)
    }
  })

  it('loses nothing to a wall clock that is wrong for a while', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const clock = createClock()
    const store = await openStore({ url: `sqlite:${path}`, ...clock })
    await store.set('a', '1', 60)
    clock.advance(10 * 60_000)
    clock.jump(40 * DAY_MS)
    for (let n = 0; n < 4; n += 1) {
      clock.advance(30_000)
      t.mock.timers.tick(30_000)
    }
    clock.jump(-40 * DAY_MS - 12 * 60_000)
    assert.equal(await store.get('a'), '1')
    await store.close()
  })

  it('serves calls of this store and of another while 50000 records are swept', async (t) => {
    const path = await newPath(t)
    const clock = createClock()
    const second = await openStore({ url: `sqlite:${path}`, ...clock })
    t.mock.timers.enable({ apis: ['setInterval'] })
    const store = await openStore({ url: `sqlite:${path}`, ...clock })
    const other = openSqliteFile(path)
    insertRecords(path, 50_000, 'x'.repeat(700), clock.now() + 60_000)
    clock.advance(60_000 + DAY_MS)
    const count = other.prepare('SELECT count(*) AS n FROM records')
    const turns = monitorEventLoopDelay({ resolution: 1 })
    turns.enable()
    t.mock.timers.tick(30_000)
    for (let n = 0; Number(count.get()?.['n']) > 2 * n; n += 1) {
      await store.set(`kept${n}`, '1', 60)
      await second.set(`second${n}`, '1', 60)
      await sleep(5)
    }
    turns.disable()
    await second.close()
    const blockedMs = turns.percentile(95) / 1e6
    assert.ok(blockedMs < 50, `the event loop was blocked for ${blockedMs} ms`)
    other.close()
    await store.close()
  })

  it('reports a sweep that failed, but not one that found the file locked', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    const clock = createClock()
    const store = await openStore({ url: `sqlite:${path}`, onError, ...clock })
    const other = openSqliteFile(path)
    clock.advance(DAY_MS)
    other.exec('BEGIN EXCLUSIVE')
    t.mock.timers.tick(30_000)
    await sleep(100)
    assert.deepEqual(errors, [])
    other.exec('DROP TABLE records')
    other.exec('COMMIT')
    other.close()
    await waitUntil(() => errors.length > 0)
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['no such table: records'],
    )
    await store.close()
  })

  it('is no longer swept after the store was closed', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    const clock = createClock()
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    const store = await openStore({ url: `sqlite:${path}`, onError, ...clock })
    insertRecords(path, 1100, '1', clock.now() + 60_000)
    clock.advance(60_000 + DAY_MS)
    t.mock.timers.tick(30_000)
    // In the pause after the first batch.
    await store.close()
    t.mock.timers.tick(30_000)
    await sleep(100)
    assert.deepEqual(errors, [])
  })
})

const DAY_MS = DAY_SECONDS * 1000

/** A wall clock and a monotonic one. */
function createClock() {
  let nowMs = 1_700_000_000_000
  let monotonicMs = 5000
  return {
    now: () => nowMs,
    monotonicNow: () => monotonicMs,
    advance(ms: number) {
      nowMs += ms
      monotonicMs += ms
    },
    /** Sets the wall clock alone. */
    jump(ms: number) {
      nowMs += ms
    },
  }
}

function insertRecords(path: string, count: number, value: string, expiresAtMs: number): void {
  const database = openSqliteFile(path)
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?)')
  database.exec('BEGIN')
  for (let n = 0; n < count; n += 1) insert.run(randomUUID(), value, expiresAtMs)
  database.exec('COMMIT')
  database.close()
}

async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'new', 'store.sqlite')
}
