// Records are sealed (docs/adr/0009-sealed-at-rest.md). Searches every key and value of the store for each
// secret of a sign-in, during the sign-in and after it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findPerson } from '../../scripts/dev/people.ts'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import {
  ADA,
  buildAuthorization,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { startRedis } from '../support/redis.ts'
import { dumpRedis, dumpSqlite } from '../support/store-dump.ts'

type Secrets = Record<string, string>

const backends = {
  async redis() {
    const redis = await startRedis()
    return { storeUrl: redis.url, dump: () => dumpRedis(redis.url), close: redis.stop }
  },
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), 'dump-'))
    const path = join(directory, 'store.db')
    const close = () => rm(directory, { recursive: true, force: true })
    return { storeUrl: `sqlite:${path}`, dump: () => dumpSqlite(path), close }
  },
}

/** The names of the secrets that the dump contains, in clear text or in a common encoding. */
function findLeaks(dump: string, secrets: Secrets): string[] {
  const spellings = (text: string) => [
    text,
    ...(['hex', 'base64', 'base64url'] as const).map((encoding) =>
      Buffer.from(text).toString(encoding).replace(/=+$/, ''),
    ),
  ]
  return Object.entries(secrets)
    .filter(([, value]) => spellings(value).some((spelling) => dump.includes(spelling)))
    .map(([name]) => name)
}

/** Adds the tokens that the upstream issues from now on. */
function collectUpstreamTokens(fleet: Fleet, secrets: Secrets): void {
  fleet.upstreamProxy.onAnswer = ({ path, body }) => {
    if (path !== '/token') return
    for (const [name, value] of Object.entries(JSON.parse(body))) {
      if (name.endsWith('_token')) secrets[`upstream ${name}`] = String(value)
    }
  }
}

async function collectCookies(agent: UserAgent, url: string, secrets: Secrets): Promise<void> {
  for (const { key, value } of await agent.cookies.getCookies(url)) {
    secrets[`cookie ${key}`] = value
  }
}

/** Adds the ids in the paths, and state, nonce and challenges in the queries, of the browser's requests. */
function collectFromHops(agent: UserAgent, secrets: Secrets): void {
  for (const { url, location = url } of agent.hops) {
    const { pathname, searchParams } = new URL(location)
    const [, , id] = /^\/(interaction|authorize)\/([\w-]{20,})/.exec(pathname) ?? []
    if (id !== undefined) secrets['interaction uid'] = id
    for (const [name, value] of searchParams) {
      if (['code', 'state', 'nonce', 'code_challenge'].includes(name)) {
        secrets[`${name} at ${pathname}`] = value
      }
    }
  }
}

for (const [name, open] of Object.entries(backends)) {
  test(`a ${name} store holds no secret of a sign-in in clear text`, async (t) => {
    const backend = await open()
    t.after(backend.close)
    const fleet = await startFleet({ storeUrl: backend.storeUrl, replicas: 1 })
    t.after(fleet.close)
    const ada = findPerson(ADA)
    const secrets: Secrets = {
      subject: ADA,
      'e-mail address': ada?.email ?? '',
      name: ada?.name ?? '',
      'family name': ada?.family_name ?? '',
      redirect: REDIRECT_URI,
      resource: fleet.resource,
    }
    collectUpstreamTokens(fleet, secrets)
    const agent = createUserAgent()
    const until = isAnswer(REDIRECT_URI)
    const metadata = { client_name: 'Confiding', token_endpoint_auth_method: 'client_secret_post' }
    const client = await register(fleet.issuer, metadata)
    Object.assign(secrets, {
      'client id': client.client_id,
      'client name': metadata.client_name,
      'client secret': client.client_secret,
    })
    const assertSealed = async (when: string) => {
      const dump = await backend.dump()
      assert.match(dump, /mcp-oidc:client:/, 'the dump holds the records')
      assert.deepEqual(findLeaks(dump, secrets), [], when)
    }

    const authorization = buildAuthorization(fleet.issuer, client, {
      scope: 'openid profile email mcp:tools',
    })
    secrets['code verifier'] = authorization.codeVerifier
    secrets['state'] = authorization.state
    const consent = await agent.open(authorization.url)
    await collectCookies(agent, consent.url, secrets)
    const upstream = await agent.submit(consent, { button: /^Allow/, until })
    collectFromHops(agent, secrets)
    await collectCookies(agent, `${fleet.issuer}/callback`, secrets)
    await assertSealed('at the upstream')

    const answer = await agent.submit(upstream, { button: { name: 'person', value: ADA }, until })
    collectFromHops(agent, secrets)
    secrets['code'] = new URL(answer.url).searchParams.get('code') ?? ''
    await collectCookies(agent, fleet.issuer, secrets)
    await assertSealed('with a code')

    const parts = { answer: new URL(answer.url), codeVerifier: authorization.codeVerifier }
    const { body } = await redeem(fleet.issuer, client, parts)
    const refreshed = await refresh(fleet.issuer, client, body['refresh_token'])
    assert.equal(refreshed.status, 200)
    for (const [when, tokens] of Object.entries({ first: body, second: refreshed.body })) {
      for (const kind of ['access_token', 'refresh_token', 'id_token']) {
        if (tokens[kind] !== undefined) secrets[`${when} ${kind}`] = String(tokens[kind])
      }
    }
    // The parts of a refresh token that could leak separately: the family id and a MAC.
    const [family = '', , mac = ''] = String(body['refresh_token']).split('.')
    Object.assign(secrets, { family, mac })
    await assertSealed('after the sign-in')
    t.diagnostic(`searched for: ${Object.keys(secrets).join(', ')}`)
    for (const kind of ['upstream access_token', 'upstream id_token', 'interaction uid']) {
      assert.ok(secrets[kind], `${kind} was seen`)
    }
    assert.ok(Object.keys(secrets).some((key) => /cookie .*session/.test(key)))
  })
}
