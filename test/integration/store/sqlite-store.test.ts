// What the SQLite backend guarantees beyond store-suite.test.ts; several processes on one file:
// sqlite-processes.test.ts.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'

describe('a store in sqlite', { concurrency: true }, () => {
  it('keeps its records over a close and an open, in a file that only its owner can read', async (t) => {
    const path = await newPath(t)
    const first = await openStore({ url: `sqlite:${path}` })
    await first.set('a', '1', 60)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
    await first.close()
    const second = await openStore({ url: `sqlite:${path}` })
    assert.equal(await second.get('a'), '1')
    await second.close()
  })

  it('shows two stores on one file the same records, each taken once', async (t) => {
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

  it('answers store_unavailable within 5 s while another process holds the lock, and works afterwards', async (t) => {
    const path = await newPath(t)
    const store = await openStore({ url: `sqlite:${path}` })
    await store.set('a', '1', 60)
    const other = new DatabaseSync(path)
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
    assert.ok(longestTurnMs < 1500, `the event loop stood still for ${longestTurnMs} ms`)
    other.exec('ROLLBACK')
    other.close()
    assert.equal(await store.take('a'), '1')
    await store.close()
  })

  it('waits out a lock that is short', async (t) => {
    const path = await newPath(t)
    const store = await openStore({ url: `sqlite:${path}` })
    const other = new DatabaseSync(path)
    other.exec('BEGIN EXCLUSIVE')
    const set = store.set('a', '1', 60)
    await sleep(200)
    other.exec('COMMIT')
    other.close()
    await set
    assert.equal(await store.get('a'), '1')
    await store.close()
  })

  it('refuses a file of a newer schema and leaves it as it is', async (t) => {
    const path = await newPath(t)
    await (await openStore({ url: `sqlite:${path}` })).close()
    const other = new DatabaseSync(path)
    other.exec('PRAGMA user_version = 99')
    await assert.rejects(openStore({ url: `sqlite:${path}` }), (error: Error) => {
      assert.match(String(error.cause), /newer/)
      return true
    })
    assert.equal(other.prepare('PRAGMA user_version').get()?.['user_version'], 99)
    other.close()
  })
})

// One after the other: there is one clock to mock.
describe('a sqlite file with expired records', () => {
  it('sweeps expired records out of the file', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const path = await newPath(t)
    let nowMs = 1_700_000_000_000
    const store = await openStore({ url: `sqlite:${path}`, now: () => nowMs })
    const other = new DatabaseSync(path)
    const insert = other.prepare('INSERT INTO records VALUES (?, ?, ?)')
    other.exec('BEGIN')
    for (let n = 0; n < 1100; n += 1) insert.run(`k${n}`, '1', nowMs + 60_000)
    other.exec('COMMIT')
    await store.set('kept', '1', 120)
    nowMs += 61_000
    t.mock.timers.tick(30_000)
    const keys = other.prepare('SELECT key FROM records')
    const endsAtMs = performance.now() + 5000
    while (keys.all().length > 1 && performance.now() < endsAtMs) await sleep(10)
    const left = keys.all().map((row) => row['key'])
    assert.equal(left.length, 1)
    assert.deepEqual(left, ['kept'])
    other.close()
    await store.close()
  })

  it('sweeps 50000 expired records without standing in the way', async (t) => {
    const path = await newPath(t)
    let nowMs = 1_700_000_000_000
    const now = () => nowMs
    const second = await openStore({ url: `sqlite:${path}`, now })
    t.mock.timers.enable({ apis: ['setInterval'] })
    const store = await openStore({ url: `sqlite:${path}`, now })
    const other = new DatabaseSync(path)
    const insert = other.prepare('INSERT INTO records VALUES (?, ?, ?)')
    other.exec('BEGIN')
    const value = 'x'.repeat(700)
    for (let n = 0; n < 50_000; n += 1) insert.run(randomUUID(), value, nowMs + 60_000)
    other.exec('COMMIT')
    nowMs += 61_000
    const count = other.prepare('SELECT count(*) AS n FROM records')
    const turns = monitorEventLoopDelay({ resolution: 1 })
    turns.enable()
    t.mock.timers.tick(30_000)
    // Meanwhile others are served, and so is another who has the file open.
    for (let n = 0; Number(count.get()?.['n']) > 2 * n; n += 1) {
      await store.set(`kept${n}`, '1', 60)
      await second.set(`second${n}`, '1', 60)
      await sleep(5)
    }
    turns.disable()
    await second.close()
    const standstillMs = turns.percentile(95) / 1e6
    assert.ok(standstillMs < 50, `the event loop stood still for ${standstillMs} ms`)
    other.close()
    await store.close()
  })
})

async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'new', 'store.sqlite')
}
