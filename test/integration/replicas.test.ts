// No state lives in only one process. Concurrent requests: refresh-races.test.ts. Load and restarts:
// test/chaos.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { type Fleet, startFleet, startFleetLoadBalancer } from '../support/fleet.ts'
import {
  approve,
  authorize,
  buildAuthorization,
  logIn,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import type { LoadBalancer } from '../support/load-balancer.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

let redis: RedisServer
let loadBalancer: LoadBalancer
let fleet: Fleet
before(async () => {
  redis = await startRedis()
  const own = await startFleetLoadBalancer()
  loadBalancer = own.loadBalancer
  fleet = await startFleet({
    storeUrl: redis.url,
    replicas: 2,
    openLoadBalancer: own.openLoadBalancer,
  })
})
after(async () => {
  await fleet.close()
  await redis.stop()
})

const urlOf = (n: number) => fleet.replicas[n]?.url ?? ''
const roundRobin = () => {
  let turn = 0
  return () => turn++ % 2
}

test('each step of an authorization can go to a different replica', async () => {
  const visits: string[] = []
  loadBalancer.onAnswer = ({ path, target }) => {
    visits.push(`${target} ${path.replace(/\?.*/, '').replace(/^(\/\w+\/)[\w-]{20,}/, '$1:uid')}`)
  }
  loadBalancer.pick = ({ url = '' }) => (/^\/callback|^\/interaction\/[\w-]+$/.test(url) ? 1 : 0)
  const client = await register(urlOf(1))
  const authorization = buildAuthorization(fleet.issuer, client)
  const answer = await authorize(authorization)
  assert.deepEqual(visits, [
    '0 /authorize',
    '1 /interaction/:uid',
    '0 /interaction/:uid/approve',
    '1 /callback',
    '0 /authorize/:uid',
  ])
  const { codeVerifier } = authorization
  const { status, body } = await redeem(urlOf(1), client, { answer, codeVerifier })
  assert.equal(status, 200)
  const first = await refresh(urlOf(0), client, body['refresh_token'])
  const second = await refresh(urlOf(1), client, first.body['refresh_token'])
  assert.deepEqual([first.status, second.status], [200, 200])
})

/** The origins that this browser visited since `hop`. */
function originsSince(agent: UserAgent, hop: number): Set<string> {
  return new Set(agent.hops.slice(hop).map(({ url }) => new URL(url).origin))
}

test('SESSION_SECRET rotates in two steps, replica by replica, without losing a session, page or token', async () => {
  loadBalancer.pick = roundRobin()
  const old = fleet.sessionSecret
  const fresh = randomBytes(48).toString('base64url')
  const agent = createUserAgent()
  const metadata = { client_uri: 'https://client.example/shared' }
  const { client, tokens } = await logIn(fleet.issuer, { agent, metadata })
  let token = tokens['refresh_token']

  const steps = [
    { replica: 0, secrets: `${old},${fresh}` },
    { replica: 1, secrets: `${old},${fresh}` },
    { replica: 0, secrets: `${fresh},${old}` },
    { replica: 1, secrets: `${fresh},${old}` },
  ]
  for (const { replica, secrets } of steps) {
    const pending = buildAuthorization(fleet.issuer, client)
    const page = await agent.open(pending.url)
    const hop = agent.hops.length

    await fleet.restart(replica, { SESSION_SECRET: secrets })

    for (const n of [0, 1, 0]) {
      const { status, body } = await refresh(urlOf(n), client, token)
      assert.equal(status, 200, JSON.stringify(body))
      token = body['refresh_token']
    }
    // The open page and the session still work: the browser does not go to the upstream.
    const answer = await approve(agent, page)
    const parts = { answer, codeVerifier: pending.codeVerifier }
    assert.equal((await redeem(urlOf(1 - replica), client, parts)).status, 200)
    await authorize(buildAuthorization(fleet.issuer, client), { agent })
    assert.deepEqual(originsSince(agent, hop), new Set([fleet.issuer]))
  }
  const known = await register(fleet.issuer, metadata)
  assert.equal(known.client_id, client.client_id)
})
