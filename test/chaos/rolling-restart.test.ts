// Two replicas behind nginx are restarted one after the other, and nobody notices.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { startFleet } from '../support/fleet.ts'
import { authorize, buildAuthorization, redeem, refresh, register } from '../support/journey.ts'
import { type Nginx, startNginx } from '../support/nginx.ts'
import { startRedis } from '../support/redis.ts'

const WORKERS = 6
const ROUNDS = 4
const BETWEEN_MS = 1500

test('no request fails while two replicas behind nginx are restarted in turn', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  let nginx: Nginx | undefined
  const fleet = await startFleet({
    storeUrl: redis.url,
    replicas: 2,
    openLoadBalancer: async (ports) => {
      nginx = await startNginx(ports)
      return nginx
    },
  })
  t.after(fleet.close)
  const { issuer } = fleet

  let journeys = 0
  let refreshes = 0
  let isDone = false
  /** Rejects at the first unexpected response or broken connection. */
  const journey = async (): Promise<void> => {
    const client = await register(issuer, { client_name: `Client ${journeys}` })
    const agent = createUserAgent()
    const authorization = buildAuthorization(issuer, client)
    const answer = await authorize(authorization, { agent })
    assert.deepEqual(
      agent.hops.filter(({ status }) => status >= 400),
      [],
    )
    const parts = { answer, codeVerifier: authorization.codeVerifier }
    let { status, body } = await redeem(issuer, client, parts)
    assert.equal(status, 200, JSON.stringify(body))
    for (let n = 0; n < 5; n += 1) {
      const next = await refresh(issuer, client, body['refresh_token'])
      assert.equal(next.status, 200, JSON.stringify(next.body))
      body = next.body
      refreshes += 1
    }
    journeys += 1
  }
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    while (!isDone && failures.length === 0) {
      await journey().catch((error: unknown) => failures.push(error))
    }
  }
  const workers = Array.from({ length: WORKERS }, worker)
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(BETWEEN_MS)
      await fleet.restart(round % 2)
    }
    await sleep(BETWEEN_MS)
  } finally {
    isDone = true
    await Promise.all(workers)
  }

  const logLineCounts = fleet.replicas.map(({ logLines }) => logLines.length)
  t.diagnostic(
    `${journeys} journeys, ${refreshes} refreshes, log lines per replica: ${logLineCounts}`,
  )
  t.diagnostic(`nginx retried: ${await describeRetries(nginx)}`)
  assert.deepEqual(failures, [])
  assert.ok(
    journeys >= 20 && logLineCounts.every((count) => count > 100),
    'both replicas served enough requests',
  )
})

/** Counts the replica errors that nginx hid from clients, by message. */
async function describeRetries(nginx: Nginx | undefined): Promise<string> {
  const counts: Record<string, number> = {}
  for (const line of ((await nginx?.readErrors()) ?? '').split('\n')) {
    const [, message] = / \*\d+ (.+?), client:/.exec(line) ?? []
    if (message !== undefined) counts[message] = (counts[message] ?? 0) + 1
  }
  return JSON.stringify(counts)
}
