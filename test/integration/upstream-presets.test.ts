// One whole journey for each preset, at a provider that behaves as the real one does, and asking it again later.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { listPresets } from '../../src/config/upstream/presets.ts'
import type { Identity } from '../../src/upstream/identity.ts'
import { PROVIDERS } from '../fixtures/upstream-providers.ts'
import { isAnswer, REDIRECT_URI, redeem, refresh } from '../support/journey.ts'
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

for (const [name, provider] of Object.entries(PROVIDERS)) {
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
      const second = await refreshLater(first.body['refresh_token'])
      assert.equal(second.status, 200, server.logLines.at(-1))
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
