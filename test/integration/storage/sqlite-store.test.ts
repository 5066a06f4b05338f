// What the SQLite backend guarantees beyond store-suite.test.ts.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/storage/open-store.ts'

const OPEN_STORE = JSON.stringify(import.meta.resolve('../../../src/storage/open-store.ts'))

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

  it('has after kill -9 what it had answered', async (t) => {
    const path = await newPath(t)
    const child = spawnScript(
      t,
      `
      import { openStore } from ${OPEN_STORE}
      const store = await openStore({ url: 'sqlite:${path}' })
      for (let n = 0; ; n += 1) {
        await store.set('k' + n, '1', 60)
        await new Promise((written) => process.stdout.write(n + '\\n', written))
      }`,
    )
    let output = ''
    for await (const chunk of child.stdout) {
      output += chunk
      if (output.length > 2000) child.kill('SIGKILL')
    }
    const answered = output.slice(0, output.lastIndexOf('\n')).split('\n')
    assert.ok(answered.length > 100)
    const store = await openStore({ url: `sqlite:${path}` })
    for (const n of answered) assert.equal(await store.get(`k${n}`), '1')
    await store.close()
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

  it('lets processes that race for a new file and for every record in it each have their own', async (t) => {
    const path = await newPath(t)
    const outputs = await Promise.all(
      ['p', 'q', 'r'].map(async (name) => {
        const child = spawnScript(
          t,
          `
          import { openStore } from ${OPEN_STORE}
          const store = await openStore({ url: 'sqlite:${path}' })
          const won = []
          for (let n = 0; n < 200; n += 1) {
            if (await store.swap('k' + n, undefined, '${name}', 60)) won.push(n)
          }
          console.log(JSON.stringify(won))`,
        )
        let output = ''
        for await (const chunk of child.stdout) output += chunk
        return JSON.parse(output) as number[]
      }),
    )
    const won = outputs.flat().toSorted((a, b) => a - b)
    assert.deepEqual(
      won,
      Array.from({ length: 200 }, (_, n) => n),
    )
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
    await sleep(200)
    assert.deepEqual(
      other
        .prepare('SELECT key FROM records')
        .all()
        .map((row) => row['key']),
      ['kept'],
    )
    other.close()
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

async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'new', 'store.sqlite')
}

function spawnScript(t: TestContext, script: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  child.stdout.setEncoding('utf8')
  return child
}
