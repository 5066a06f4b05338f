// SQLite on a slow disk: writes that arrive together wait for one fsync, and nobody else waits for it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { logIn, refresh } from '../support/journey.ts'
import { spawnNode } from '../support/server-process.ts'
import { buildSlowFsync, type SlowFsync } from './slow-fsync.ts'

const CALLERS = 16
const OPEN_STORE = import.meta.resolve('../../src/store/open-store.ts')

let disk: SlowFsync
let directory: string
before(async () => {
  disk = buildSlowFsync()
  directory = await mkdtemp(join(tmpdir(), 'slow-disk-'))
})
after(async () => {
  disk.remove()
  await rm(directory, { recursive: true })
})

describe('a store in SQLite whose fsync takes 5 ms', () => {
  it(`commits ${CALLERS} parallel swaps within the time of three, and none before one has ended`, async (t) => {
    const path = join(directory, 'swaps.db')
    const output = await runScript(
      t,
      `
      import { writeFileSync } from 'node:fs'
      import { openStore } from '${OPEN_STORE}'
      const store = await openStore({ url: 'sqlite:${path}' })
      const swapAll = (round) => Promise.all(Array.from({ length: ${CALLERS} }, async (_, n) => {
        const startedAtMs = performance.now()
        await store.swap('k' + n, round === 0 ? undefined : 'v' + (round - 1), 'v' + round, 600)
        return performance.now() - startedAtMs
      }))
      const times = []
      for (let round = 0; round < 30; round += 1) {
        if (round === 10) writeFileSync(process.env.SLOW_FSYNC_FILE, '5')
        const roundTimes = await swapAll(round)
        if (round >= 10) times.push({ shortest: Math.min(...roundTimes), longest: Math.max(...roundTimes) })
      }
      console.log(JSON.stringify(times))`,
    )
    const rounds: { shortest: number; longest: number }[] = JSON.parse(output)
    const shortestMs = Math.min(...rounds.map(({ shortest }) => shortest))
    const medianMs = rounds.map(({ longest }) => longest).toSorted((a, b) => a - b)[10] ?? 0
    t.diagnostic(`median ${medianMs.toFixed(1)} ms, shortest ${shortestMs.toFixed(1)} ms`)
    assert.ok(shortestMs >= 5, `a swap took ${shortestMs} ms`)
    assert.ok(medianMs < 15, `${CALLERS} swaps took ${medianMs} ms`)
  })
})

describe('a server on SQLite with a slow disk', () => {
  let fleet: Fleet
  const sessions: { client: { client_id: string }; refreshToken: unknown }[] = []
  before(async () => {
    const storeUrl = `sqlite:${join(directory, 'server.db')}`
    fleet = await startFleet({ storeUrl, replicas: 1, env: { ...disk.env, LOG_LEVEL: 'warn' } })
    for (let n = 0; n < CALLERS; n += 1) {
      const { client, tokens } = await logIn(fleet.issuer)
      sessions.push({ client, refreshToken: tokens['refresh_token'] })
    }
    await refreshAll()
  })
  after(async () => {
    disk.setDelay(0)
    await fleet.close()
  })

  async function refreshAll(): Promise<void> {
    await Promise.all(
      sessions.map(async (session) => {
        const { status, body } = await refresh(fleet.issuer, session.client, session.refreshToken)
        assert.equal(status, 200)
        session.refreshToken = body['refresh_token']
      }),
    )
  }

  it(`answers ${CALLERS} parallel refreshes within the time of three fsyncs of 0.3 s`, async (t) => {
    disk.setDelay(300)
    const startedAtMs = performance.now()
    await refreshAll()
    const tookMs = performance.now() - startedAtMs
    t.diagnostic(`${tookMs.toFixed(0)} ms`)
    assert.ok(tookMs > 300 && tookMs < 900, `${tookMs} ms`)
  })

  it('answers /livez within 50 ms while an fsync takes 0.7 s', async (t) => {
    disk.setDelay(700)
    let isRefreshing = true
    const refreshing = (async () => {
      for (let n = 0; n < 3; n += 1) await refreshAll()
    })().finally(() => {
      isRefreshing = false
    })
    const times: number[] = []
    while (isRefreshing) {
      const startedAtMs = performance.now()
      const { status } = await fetch(`${fleet.issuer}/livez`)
      times.push(performance.now() - startedAtMs)
      assert.equal(status, 200)
      await sleep(10)
    }
    await refreshing
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
    t.diagnostic(
      `${times.length} probes: ${[0.5, 0.99, 1].map((share) => at(share).toFixed(1))} ms`,
    )
    assert.ok(times.length > 100)
    assert.ok(at(0.99) < 50, `/livez took ${at(0.99)} ms`)
  })
})

/** @returns what it printed */
async function runScript(t: TestContext, script: string): Promise<string> {
  const child = spawnNode(['--input-type=module', '--eval', script], { env: disk.env })
  t.after(() => child.kill('SIGKILL'))
  const { code } = await child.exit
  assert.equal(code, 0, child.stderr)
  return child.stdout
}
