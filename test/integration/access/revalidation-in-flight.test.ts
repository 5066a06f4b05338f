// What the server learns by asking the upstream, with 50 refreshes in flight over two replicas, and kill switches while it
// waits for the upstream's answer.
import assert from 'node:assert/strict'
import { after, before, beforeEach, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import { openAccess } from '../../support/access.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { logIn, refresh } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { assertEndsInFlight, type HeldGrant, holdGrant } from '../../support/refreshes-in-flight.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { spawnNode } from '../../support/server-process.ts'
import { sendRevocation, signRevocation } from '../../support/statements.ts'
import { waitUntil } from '../../support/wait-until.ts'

const CLIENTS = 5
const REVALIDATE_SECONDS = 2

let redis: RedisServer
let upstream: RenewingUpstream
let fleet: Fleet
before(async () => {
  redis = await startRedis()
  upstream = await startRenewingUpstream()
  fleet = await startFleet({
    storeUrl: redis.url,
    replicas: 2,
    env: { UPSTREAM_ISSUER: upstream.issuer },
    file: {
      revalidation: { revalidateSeconds: REVALIDATE_SECONDS },
      access: {
        claims: { groups: 'groups' },
        rules: [{ name: 'staff', when: { claim: 'groups', equals: 'staff' } }],
      },
    },
  })
})
after(async () => {
  await fleet.close()
  await upstream.close()
  await redis.stop()
})

const urls = () => fleet.replicas.map(({ url }) => url)
let people = 0

/** Nobody who signed in before is affected by what happens to them. */
function meetSomebody(): void {
  people += 1
  upstream.person = { sub: `person-${people}`, groups: ['staff'] }
}
beforeEach(() => {
  meetSomebody()
  Object.assign(upstream, { answer: 'right', gate: Promise.resolve(), onRefresh: () => {} })
})

async function connect(): Promise<HeldGrant> {
  const { client, tokens } = await logIn(fleet.issuer, { parameters: { scope: 'openid' } })
  return holdGrant(client, tokens)
}

async function assertEnds(t: TestContext, end: () => void): Promise<void> {
  const others = [await connect()]
  meetSomebody()
  const grants = await Promise.all(Array.from({ length: CLIENTS }, connect))
  const { refreshes, lastMs } = await assertEndsInFlight({
    urls: urls(),
    grants,
    others,
    end: async () => end(),
    noticedMs: REVALIDATE_SECONDS * 1000,
  })
  t.diagnostic(`${refreshes} refreshes; the last good answer ${lastMs} ms after the end`)
}

/** Of every end of an account's access so far. */
const reasons = () =>
  fleet.replicas
    .flatMap(({ logLines }) => logLines)
    .filter((line) => line.includes('"audit":"access_ended"'))
    .map((line) => JSON.parse(line).reason)

test('a person whom the upstream disables has no access at any replica once its last word is too old', async (t) => {
  await assertEnds(t, () => upstream.endGrants())
  // However many refreshes learn it.
  assert.deepEqual(reasons(), ['upstream_grant_ended'])
})

test('the same for a person who is removed from the group that a rule requires', async (t) => {
  await assertEnds(t, () => {
    upstream.person = { ...upstream.person, groups: ['guests'] }
  })
  assert.deepEqual(reasons().toSorted(), ['access_policy', 'upstream_grant_ended'])
})

async function findUpstreamTokens(): Promise<unknown> {
  const store = await openStore({ url: redis.url })
  try {
    return await openAccess(loadConfig(fleet.env), store).findUpstreamTokens(upstream.person.sub)
  } finally {
    await store.close()
  }
}

const SWITCHES: Readonly<Record<string, () => Promise<void>>> = {
  '`admin accounts revoke`': revokeByCommand,
  'a global token revocation': revokeGlobally,
}

async function revokeByCommand(): Promise<void> {
  const args = ['accounts', 'revoke', upstream.person.sub, '--yes']
  const command = spawnNode(['scripts/admin.ts', ...args], {
    env: { ...fleet.env, OIDC_PORT: '1' },
  })
  assert.equal((await command.exit).code, 0, command.stderr)
}

async function revokeGlobally(): Promise<void> {
  const receiver = {
    issuer: urls()[1] ?? '',
    upstreamIssuer: upstream.issuer,
    clientId: 'mcp-oidc-server',
    signingKey: upstream.signingKey,
  }
  const claims = { aud: `${fleet.issuer}/global-token-revocation` }
  const jwt = await signRevocation(receiver, { claims })
  const sub_id = { format: 'iss_sub', iss: upstream.issuer, sub: upstream.person.sub }
  assert.equal((await sendRevocation(receiver, jwt, { sub_id })).status, 204)
}

for (const [name, end] of Object.entries(SWITCHES)) {
  test(`${name} while a refresh waits for the upstream: it gets nothing, and no token of the upstream stays`, async () => {
    const grant = await connect()
    await sleep(REVALIDATE_SECONDS * 1000)
    const isAsked = new Promise<void>((resolve) => {
      upstream.onRefresh = resolve
    })
    const { promise, resolve: answer } = Promise.withResolvers<void>()
    upstream.gate = promise
    const { granted } = upstream.refreshes
    const waiting = refresh(urls()[0] ?? '', grant.client, grant.current)
    await isAsked
    await end()
    assert.equal(upstream.refreshes.granted, granted)
    // The upstream says that all is well, and too late.
    answer()
    const refused = await waiting
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
    await waitUntil(() => upstream.refreshes.granted === granted + 1)
    for (const url of urls()) {
      assert.equal((await refresh(url, grant.client, grant.current)).status, 400)
    }
    assert.equal(await findUpstreamTokens(), undefined)
  })
}
