// One whole journey for each preset, at a provider that behaves as the real one does, and asking it again later.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { listPresets } from '../../src/config/upstream/presets.ts'
import type { Identity } from '../../src/upstream/identity.ts'
import { FURTHER_PROVIDERS } from '../fixtures/further-providers.ts'
import { PROVIDERS } from '../fixtures/upstream-providers.ts'
import { isAnswer, REDIRECT_URI, redeem, refresh } from '../support/journey.ts'
import type { Quirks } from '../support/upstream-simulator.ts'
import {
  failureOf,
  identifyOnce,
  openUpstreamStage,
  partOf,
  relyingPartyOf,
  signIn,
} from '../support/upstream-stage.ts'

const noKeep = async () => {}

test('every preset has a provider in these tests', () => {
  const tested = new Set(Object.values(PROVIDERS).map(({ preset }) => preset))
  assert.deepEqual([...tested].toSorted(), listPresets())
})

const ALL = { ...PROVIDERS, ...FURTHER_PROVIDERS }

for (const [name, provider] of Object.entries(ALL)) {
  describe(name, () => {
    test('a person signs in, gets tokens, and the account has what the preset says', async (t) => {
      const { simulator, server, accounts } = await openUpstreamStage(provider)
      t.after(() => server.close())
      assert.equal(server.config.upstream.preset, provider.preset)
      const { client, page, authorization } = await signIn(server, simulator)
      assert.ok(
        isAnswer(REDIRECT_URI)(new URL(page.url)),
        `${page.title} ${server.logLines.at(-1)}`,
      )
      assert.equal(simulator.lastRequest.get('scope')?.includes('offline_access') ?? false, false)
      const { status, body } = await redeem(server.issuer, client, {
        answer: new URL(page.url),
        codeVerifier: authorization.codeVerifier,
      })
      assert.equal(status, 200)
      const sub = decodeJwt(String(body['access_token'])).sub ?? ''
      const account = await accounts.find(sub)
      assert.deepEqual(
        partOf({ ...account, accessClaims: account?.accessClaims ?? {} } as Identity),
        provider.expected,
      )
    })

    test('a refresh of the client asks the provider again, and ends the grant when it says so', async (t) => {
      const file = { ...provider.file, revalidation: { mode: 'on' } }
      let aheadMs = 0
      const now = () => Date.now() + aheadMs
      const { simulator, server, accounts } = await openUpstreamStage({ ...provider, file }, now)
      t.after(() => server.close())
      const { client, page, authorization } = await signIn(server, simulator)
      const first = await redeem(server.issuer, client, {
        answer: new URL(page.url),
        codeVerifier: authorization.codeVerifier,
      })
      const sub = decodeJwt(String(first.body['access_token'])).sub ?? ''
      const refreshLater = async (refreshToken: unknown) => {
        aheadMs += 20 * 60_000
        return refresh(server.issuer, client, refreshToken)
      }
      const asked = simulator.urls.length
      // Some providers end the sign-in if one of their refresh tokens is used twice.
      const [second, twin] = await Promise.all([
        refreshLater(first.body['refresh_token']),
        refresh(server.issuer, client, first.body['refresh_token']),
      ])
      assert.deepEqual([second.status, twin.status], [200, 200], server.logLines.at(-1))
      const requests = simulator.urls.slice(asked)
      assert.equal(new Set(requests).size, requests.length, `once each: ${requests.join(' ')}`)
      const account = await accounts.find(sub)
      assert.ok((account?.checkedAtMs ?? 0) > Date.now() + 19 * 60_000)
      const { accessClaims = {} } = account ?? {}
      assert.deepEqual(partOf({ ...account, accessClaims } as Identity), provider.expected)
      simulator.end()
      const last = await refreshLater(second.body['refresh_token'])
      assert.equal(last.body['error'], 'invalid_grant')
    })

    test('asked again, the provider says who the person is now, or that the grant has ended', async (t) => {
      const { simulator, server } = await openUpstreamStage(provider)
      t.after(() => server.close())
      const { revalidation } = server.config.upstream
      const relyingParty = relyingPartyOf(server, simulator)
      const identity = await identifyOnce(relyingParty, simulator)
      assert.deepEqual(partOf(identity), provider.expected)
      if (server.config.upstream.userinfo === 'never') {
        assert.ok(!simulator.urls.some((url) => url.endsWith('/userinfo')))
      }
      const { tokens } = identity
      assert.ok(tokens)
      assert.equal(tokens.refreshToken !== undefined, provider.refreshes)
      const ask = (from: typeof tokens) =>
        revalidation === 'refresh'
          ? relyingParty.refresh(from, noKeep)
          : relyingParty.readUserinfo(from)
      const again = await ask(tokens)
      assert.deepEqual(partOf(again), provider.expected)
      assert.equal(again.tokens?.refreshToken !== undefined, provider.refreshes)
      simulator.end()
      assert.equal(await failureOf(ask(again.tokens ?? tokens)), 'upstream_grant_ended')
    })
  })
}

const startRevalidating = (name: string, file = {}, quirks: Partial<Quirks> = {}) => {
  const known = ALL[name] ?? assert.fail(name)
  const provider = { ...known, quirks: { ...known.quirks, ...quirks } }
  const clock = { aheadMs: 0 }
  const all = { ...provider, file: { ...provider.file, revalidation: { mode: 'on' }, ...file } }
  return openUpstreamStage(all, () => Date.now() + clock.aheadMs).then((stage) => ({
    ...stage,
    later: (minutes: number) => {
      clock.aheadMs += minutes * 60_000
    },
  }))
}

async function signInForTokens(stage: Awaited<ReturnType<typeof startRevalidating>>) {
  const { client, page, authorization } = await signIn(stage.server, stage.simulator)
  const { codeVerifier } = authorization
  const answer = new URL(page.url)
  const { body } = await redeem(stage.server.issuer, client, { answer, codeVerifier })
  return { client, refreshToken: body['refresh_token'] }
}

// Without claims of rules: the ID token alone may have those.
test('authentik without its mapping for offline_access is asked by userinfo while the access token lives', async (t) => {
  const userinfo = { ...PROVIDERS['authentik']?.quirks.idToken }
  const stage = await startRevalidating(
    'authentik',
    { access: {} },
    { refreshTokens: 'never', userinfo },
  )
  t.after(() => stage.server.close())
  const { client, refreshToken } = await signInForTokens(stage)
  stage.later(20)
  const asked = stage.simulator.urls.length
  const second = await refresh(stage.server.issuer, client, refreshToken)
  assert.equal(second.status, 200)
  const requests = stage.simulator.urls.slice(asked)
  assert.deepEqual(
    requests.map((url) => new URL(url).pathname.split('/').at(-1)),
    ['userinfo'],
  )
  stage.simulator.end()
  stage.later(20)
  const last = await refresh(stage.server.issuer, client, second.body['refresh_token'])
  assert.equal(last.body['error'], 'invalid_grant')
})

test('a person with more sign-ins at Google than it keeps refresh tokens for keeps every client', async (t) => {
  const stage = await startRevalidating('Google Workspace')
  t.after(() => stage.server.close())
  const clients = []
  for (let turn = 0; turn < 5; turn += 1) clients.push(await signInForTokens(stage))
  for (const { client, refreshToken } of clients) {
    stage.later(20)
    const { status } = await refresh(stage.server.issuer, client, refreshToken)
    assert.equal(status, 200, stage.server.logLines.at(-1))
  }
})

test('a GitHub server from before PKCE signs people in', async (t) => {
  const provider = ALL['GitHub, an OAuth app'] ?? assert.fail()
  const quirks = { ...provider.quirks, ignoresPkce: true }
  const { simulator, server } = await openUpstreamStage({ ...provider, quirks })
  t.after(() => server.close())
  const { page } = await signIn(server, simulator)
  assert.ok(isAnswer(REDIRECT_URI)(new URL(page.url)))
})
