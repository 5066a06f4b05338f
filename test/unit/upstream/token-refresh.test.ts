// The upstream is asked again about a person. domain/upstream-tokens decides when.
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { UpstreamConfig } from '../../../src/config/upstream/upstream-config.ts'
import { AppError, reasonOf } from '../../../src/errors.ts'
import type { UpstreamTokens } from '../../../src/upstream/identity.ts'
import { createRelyingParty } from '../../../src/upstream/relying-party.ts'
import { startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { upstreamConfig } from '../../support/upstream-config.ts'

const upstream = await startRenewingUpstream()
const relyingParty = createRelyingParty({
  upstream: upstreamConfig(upstream.issuer),
  now: Date.now,
})
after(() => upstream.close())
beforeEach(() => {
  Object.assign(upstream, {
    answer: 'right',
    rotates: true,
    sendsIdToken: true,
    expiresInSeconds: 3600,
  })
})

async function signIn(): Promise<UpstreamTokens> {
  const request = { prompt: undefined, maxAgeSeconds: undefined, loginHint: undefined }
  const begun = await relyingParty.begin({ ...request, scopes: ['calendar', 'openid'] })
  const { headers } = await fetch(begun.url, { redirect: 'manual' })
  const { search } = new URL(headers.get('location') ?? '')
  const { tokens } = await relyingParty.complete(search, begun)
  assert.ok(tokens)
  return tokens
}

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  return error instanceof AppError ? error.code : error
}

test('a sign-in brings the tokens of the upstream, with the further scopes that were asked for once', async () => {
  const tokens = await signIn()
  assert.equal(upstream.scopes.at(-1), 'openid calendar')
  assert.equal(tokens.scope, 'openid calendar')
  assert.ok(Math.abs((tokens.expiresAtMs ?? 0) - Date.now() - 3600_000) < 5000)
})

test('a refresh keeps the new tokens before the ID token is checked, and returns the new claims', async () => {
  const tokens = await signIn()
  upstream.person = { ...upstream.person, name: 'New Name' }
  const kept: UpstreamTokens[] = []
  const identity = await relyingParty.refresh(tokens, async (given) => void kept.push(given))
  assert.equal(identity.claims['name'], 'New Name')
  assert.deepEqual(
    kept,
    [identity.tokens].map((given) => ({ ...given, scope: undefined })),
  )
  assert.notEqual(identity.tokens?.refreshToken, tokens.refreshToken)

  // What the upstream signed with a key that it does not publish is no identity, but the tokens work.
  const keys = createRelyingParty({
    upstream: upstreamConfig(upstream.issuer),
    fetch: async (url, init) =>
      url.endsWith('/jwks') ? new Response('', { status: 404 }) : fetch(url, init),
    now: Date.now,
  })
  const later: UpstreamTokens[] = []
  const current = identity.tokens ?? assert.fail()
  const refreshing = keys.refresh(current, async (given) => void later.push(given))
  assert.equal(await failure(refreshing), 'upstream_failed')
  assert.ok(later[0]?.refreshToken !== undefined)
})

test('without an ID token in the answer, userinfo says who it is; without a new refresh token the old one stays', async () => {
  const tokens = await signIn()
  Object.assign(upstream, { sendsIdToken: false, rotates: false })
  const identity = await relyingParty.refresh(tokens, async () => {})
  assert.equal(identity.sub, upstream.person.sub)
  assert.equal(identity.tokens?.refreshToken, tokens.refreshToken)
  assert.equal((await relyingParty.readUserinfo(tokens)).sub, upstream.person.sub)
})

test('only invalid_grant ends a grant: everything else is trouble of the upstream', async () => {
  const tokens = await signIn()
  const keep = async () => assert.fail('there are no new tokens')
  for (const [answer, code] of [
    [{ error: 'invalid_grant' }, 'upstream_grant_ended'],
    [{ error: 'invalid_client' }, 'upstream_failed'],
    [{ error: 'invalid_request' }, 'upstream_failed'],
    ['down', 'upstream_unavailable'],
    ['lost', 'upstream_unavailable'],
  ] as const) {
    upstream.answer = answer
    assert.equal(await failure(relyingParty.refresh(tokens, keep)), code, JSON.stringify(answer))
  }
})

const CHALLENGE: Readonly<Record<string, string>> = {
  'www-authenticate': 'Bearer error="invalid_token"',
}

/** The upstream, whose resource server at `path` rejects every access token. @param headers of its answer */
const rejecting = (path: string, changes: Partial<UpstreamConfig> = {}, headers = CHALLENGE) =>
  createRelyingParty({
    upstream: { ...upstreamConfig(upstream.issuer), ...changes },
    fetch: async (url, init) => {
      if (!new URL(url).pathname.endsWith(path)) return fetch(url, init)
      return new Response('{}', { status: 401, headers })
    },
    now: Date.now,
  })

test('a 401 of userinfo after an answered refresh is trouble, not an end', async () => {
  const tokens = await signIn()
  upstream.sendsIdToken = false
  const kept: UpstreamTokens[] = []
  const refreshing = rejecting('/userinfo').refresh(tokens, async (given) => void kept.push(given))
  const error = await refreshing.then(
    () => assert.fail(),
    (reason: unknown) => reason,
  )
  assert.equal(error instanceof AppError && error.code, 'upstream_failed')
  assert.equal(kept.length, 1)
  assert.doesNotMatch(reasonOf(error), /UPSTREAM_CLIENT/)
  // Asked with a token that the upstream has not just issued, the same answer is the end.
  const asking = rejecting('/userinfo').readUserinfo(tokens)
  assert.equal(await failure(asking), 'upstream_grant_ended')
})

test('a 401 of an API is trouble, after an answered refresh and after userinfo has accepted the token', async () => {
  const tokens = await signIn()
  upstream.person = { ...upstream.person, hasgroups: true }
  const groups = { api: 'microsoft-graph', accessClaims: { groups: 'groups' } } as const
  let presented = tokens
  for (const headers of [CHALLENGE, {}]) {
    const graph = rejecting('/getMemberGroups', groups, headers)
    assert.equal(await failure(graph.readUserinfo(presented)), 'upstream_failed')
    const kept: UpstreamTokens[] = []
    const refreshing = graph.refresh(presented, async (given) => void kept.push(given))
    const error = await refreshing.then(
      () => assert.fail(),
      (reason: unknown) => reason,
    )
    assert.equal(error instanceof AppError && error.code, 'upstream_failed')
    assert.match(reasonOf(error), /Microsoft Graph did not list the groups/)
    presented = kept[0] ?? assert.fail()
  }
})
