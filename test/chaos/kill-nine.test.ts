// kill -9 at any moment: who was told something, of a client, a page, a code, a session or tokens, can go
// on with it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { type DurableRedis, startDurableRedis } from './durable-redis.ts'
import { runWorkers } from './insistence.ts'
import { type Installation, logInInsisting, refreshInsisting } from './installation.ts'

const LOGINS = 1000
const WORKERS = 8
/** Every n-th time it is Redis that is killed. */
const REDIS_TURN = 3

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

/** Kills until it is told to stop; returns how often each was killed. */
async function killAtRandom(fleet: Fleet, redis: DurableRedis | undefined, stop: AbortSignal) {
  const killed = { server: 0, redis: 0 }
  for (let turn = 1; !stop.aborted; turn += 1) {
    await sleep(200 + Math.random() * 2000)
    if (redis && turn % REDIS_TURN === 0) {
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
  test(`kill -9 during ${LOGINS} logins over ${name} costs nobody what they were told`, async (t) => {
    const backend = await open()
    t.after(backend.close)
    const fleet = await startFleet({
      storeUrl: backend.storeUrl,
      replicas: 1,
      env: { LOG_LEVEL: 'warn' },
    })
    t.after(fleet.close)
    const { issuer } = fleet
    const held: Installation[] = []
    /** Takes one out, so that nobody else refreshes it meanwhile. */
    const refreshSomeone = async () => {
      const [installation] = held.splice(Math.floor(Math.random() * held.length), 1)
      if (!installation) return
      await refreshInsisting(issuer, installation)
      await installation.person.requireSignedIn(installation.client)
      held.push(installation)
    }

    const stop = new AbortController()
    const killing = killAtRandom(fleet, backend.redis, stop.signal)
    try {
      await runWorkers(WORKERS, Array(LOGINS).keys(), async (n) => {
        held.push(await logInInsisting(issuer, `Client ${n}`))
        await refreshSomeone()
      })
    } finally {
      stop.abort()
      // Its fleet must not be closed under it.
      await killing.catch(() => {})
    }
    const killed = await killing
    t.diagnostic(`killed: ${JSON.stringify(killed)}`)
    assert.equal(held.length, LOGINS)
    assert.ok(killed.server >= 5, 'the server was killed often enough to tell')

    await runWorkers(WORKERS, held, async (installation) => {
      await refreshInsisting(issuer, installation)
      await installation.person.requireSignedIn(installation.client)
    })
    const headers = { authorization: `Bearer ${held[0]?.accessToken}` }
    const userinfo = await fetch(`${issuer}/userinfo`, { headers })
    assert.equal(userinfo.status, 403, 'known, and without the scope openid')
  })
}
