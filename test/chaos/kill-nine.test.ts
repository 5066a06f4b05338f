// After kill -9 at any moment, everything that the server has handed out still works: registrations,
// pages, codes, sessions and tokens.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { type DurableRedis, startDurableRedis } from './durable-redis.ts'
import { runWorkers } from './insistence.ts'
import { type Installation, insistOnRefresh, insistOnSignIn } from './installation.ts'

const SIGN_INS = 1000
const WORKERS = 8
/** Every third kill hits Redis instead of the server. */
const REDIS_KILL_INTERVAL = 3

interface Backend {
  readonly storeUrl: string
  readonly redis?: DurableRedis
  close(): Promise<void>
}

const backends: Record<string, () => Promise<Backend>> = {
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), 'kill-nine-'))
    const close = () => rm(directory, { recursive: true, force: true })
    return { storeUrl: `sqlite:${join(directory, 'store.db')}`, close }
  },
  async redis() {
    const redis = await startDurableRedis()
    return { storeUrl: redis.url, redis, close: redis.close }
  },
}

/** Kills at random times until `stop` aborts; returns how often it killed each process. */
async function killAtRandom(fleet: Fleet, redis: DurableRedis | undefined, stop: AbortSignal) {
  const killed = { server: 0, redis: 0 }
  for (let turn = 1; !stop.aborted; turn += 1) {
    await sleep(200 + Math.random() * 2000)
    if (redis && turn % REDIS_KILL_INTERVAL === 0) {
      await redis.kill()
      await sleep(Math.random() * 500)
      await redis.start()
      killed.redis += 1
      continue
    }
    const [replica] = fleet.replicas
    await replica?.kill()
    await replica?.start()
    killed.server += 1
  }
  return killed
}

for (const [name, open] of Object.entries(backends)) {
  test(`kill -9 during ${SIGN_INS} sign-ins over ${name} loses no client, code, session or token`, async (t) => {
    const backend = await open()
    t.after(backend.close)
    const fleet = await startFleet({
      storeUrl: backend.storeUrl,
      replicas: 1,
      env: { LOG_LEVEL: 'warn' },
    })
    t.after(fleet.close)
    const { issuer } = fleet
    const installations: Installation[] = []
    /** Removes the installation while it refreshes, so that no other worker uses its token. */
    const refreshOne = async () => {
      const [installation] = installations.splice(
        Math.floor(Math.random() * installations.length),
        1,
      )
      if (!installation) return
      await insistOnRefresh(issuer, installation)
      await installation.browser.requireSignedIn(installation.client)
      installations.push(installation)
    }

    const stop = new AbortController()
    const killing = killAtRandom(fleet, backend.redis, stop.signal)
    try {
      await runWorkers(WORKERS, Array(SIGN_INS).keys(), async (n) => {
        installations.push(await insistOnSignIn(issuer, `Client ${n}`))
        await refreshOne()
      })
    } finally {
      stop.abort()
      // Let it finish its last kill and restart before the fleet closes.
      await killing.catch(() => {})
    }
    const killed = await killing
    t.diagnostic(`killed: ${JSON.stringify(killed)}`)
    assert.equal(installations.length, SIGN_INS)
    assert.ok(killed.server >= 5, 'the server was killed at least 5 times')

    await runWorkers(WORKERS, installations, async (installation) => {
      await insistOnRefresh(issuer, installation)
      await installation.browser.requireSignedIn(installation.client)
    })
    const headers = { authorization: `Bearer ${installations[0]?.accessToken}` }
    const userinfo = await fetch(`${issuer}/userinfo`, { headers })
    assert.equal(userinfo.status, 403, 'the token is valid but lacks the openid scope')
  })
}
