// How long access lasts after each kill switch, with 50 refreshes in flight over two replicas. docs/access.md says so minute
// by minute.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { type Access, openAccess } from '../../support/access.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { ADA, type Client, GRACE, logIn, refresh } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { startRedis } from '../../support/redis.ts'
import { form, send } from '../../support/send.ts'
import { sendLogout, sendRevocation, signLogout, signRevocation } from '../../support/statements.ts'
import { waitUntil } from '../../support/wait-until.ts'

const CLIENTS = 5
const IN_FLIGHT = 50
/** A refresh that was sent before the answer is answered within this time. */
const ANSWERED_MS = 5000

interface Grant {
  readonly client: Client
  current: string
  accessToken: string
}

interface Refreshed {
  readonly sentAtMs: number
  readonly answeredAtMs: number
  readonly status: number
}

const backends = {
  async redis() {
    const redis = await startRedis()
    return { storeUrl: redis.url, close: redis.stop }
  },
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), 'end-of-access-'))
    const close = () => rm(directory, { recursive: true, force: true })
    return { storeUrl: `sqlite:${join(directory, 'store.db')}`, close }
  },
}

for (const [name, open] of Object.entries(backends)) {
  describe(`two processes over one ${name} store`, () => {
    let backend: Awaited<ReturnType<typeof open>>
    let fleet: Fleet
    let store: Store
    let access: Access
    before(async () => {
      backend = await open()
      fleet = await startFleet({
        storeUrl: backend.storeUrl,
        replicas: 2,
        file: { upstream: { backchannelLogout: 'grants' } },
      })
      store = await openStore({ url: backend.storeUrl })
      access = openAccess(loadConfig(fleet.env), store)
    })
    after(async () => {
      await store.close()
      await fleet.close()
      await backend.close()
    })

    const urlOf = (n: number) => fleet.replicas[n % fleet.replicas.length]?.url ?? ''

    async function connect(person: string): Promise<Grant> {
      const { client, tokens } = await logIn(fleet.issuer, {
        person,
        parameters: { scope: 'openid' },
      })
      return {
        client,
        current: String(tokens['refresh_token']),
        accessToken: String(tokens['access_token']),
      }
    }

    /** Refreshes one after another until one fails. Several of these share a grant. */
    async function refreshUntilRefused(
      url: string,
      grant: Grant,
      seen: Refreshed[],
    ): Promise<void> {
      for (let status = 200; status === 200; ) {
        const sentAtMs = performance.now()
        const answer = await refresh(url, grant.client, grant.current)
        status = answer.status
        seen.push({ sentAtMs, answeredAtMs: performance.now(), status })
        if (status === 200) {
          grant.current = String(answer.body['refresh_token'])
          grant.accessToken = String(answer.body['access_token'])
        } else assert.equal(answer.body['error'], 'invalid_grant')
      }
    }

    const isOpen = async (url: string, { accessToken }: Grant) =>
      (await send(`${url}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }))
        .status === 200

    /** @param end resolves when the kill switch has answered; gets the address of a replica */
    async function assertEnds(t: TestContext, grants: readonly Grant[], end: () => Promise<void>) {
      const others = await connect(GRACE)
      const seen: Refreshed[] = []
      const loops = Array.from({ length: IN_FLIGHT }, (_, n) => {
        const grant = grants[n % grants.length]
        assert.ok(grant)
        return refreshUntilRefused(urlOf(n), grant, seen)
      })
      await waitUntil(() => seen.length >= IN_FLIGHT)
      assert.ok(seen.every(({ status }) => status === 200))
      await end()
      const endedAtMs = performance.now()
      // At once, on both replicas, also with tokens that were handed out a moment ago.
      for (const grant of grants) {
        for (const url of [urlOf(0), urlOf(1)]) {
          assert.equal((await refresh(url, grant.client, grant.current)).status, 400)
          assert.equal(await isOpen(url, grant), false)
        }
      }
      await Promise.all(loops)
      const late = seen.filter(({ sentAtMs, status }) => sentAtMs > endedAtMs && status === 200)
      assert.deepEqual(late, [], 'sent after the answer')
      const last = Math.max(
        ...seen.filter(({ status }) => status === 200).map(({ answeredAtMs }) => answeredAtMs),
      )
      t.diagnostic(
        `${seen.length} refreshes; the last good answer ${Math.round(last - endedAtMs)} ms after the end`,
      )
      assert.ok(last - endedAtMs < ANSWERED_MS)
      // What those last answers gave is dead too.
      for (const grant of grants) {
        assert.equal((await refresh(urlOf(0), grant.client, grant.current)).status, 400)
        assert.equal(await isOpen(urlOf(1), grant), false)
      }
      assert.equal((await refresh(urlOf(1), others.client, others.current)).status, 200)
    }

    const connectMany = (): Promise<Grant[]> =>
      Promise.all(Array.from({ length: CLIENTS }, () => connect(ADA)))
    const receiver = () => ({
      issuer: urlOf(0),
      upstreamIssuer: fleet.upstreamProxy.url,
      clientId: 'mcp-oidc-server',
      signingKey: fleet.upstream.signingKey,
    })

    test('after a global token revocation at one replica, no refresh succeeds at either', async (t) => {
      await assertEnds(t, await connectMany(), async () => {
        const claims = { aud: `${fleet.issuer}/global-token-revocation` }
        const jwt = await signRevocation(receiver(), { claims })
        const sub_id = { format: 'iss_sub', iss: fleet.upstreamProxy.url, sub: ADA }
        assert.equal((await sendRevocation(receiver(), jwt, { sub_id })).status, 204)
      })
    })

    test('the same after the grants are revoked that are not on the list of the account', async (t) => {
      const grants = await connectMany()
      await access.unlist(ADA)
      await assertEnds(t, grants, async () => {
        assert.ok(
          await access.control.endAccess({ sub: ADA, what: 'grants', reason: 'account_page' }),
        )
      })
    })

    // The other switches end in the same writes.
    if (name === 'sqlite') return

    test('the same after a back-channel logout that ends grants', async (t) => {
      await assertEnds(t, await connectMany(), async () => {
        const jwt = await signLogout(receiver(), { claims: { sub: ADA } })
        assert.equal((await sendLogout(receiver(), jwt)).status, 200)
      })
    })

    test('the same after the account is disabled, until it is enabled and the person signs in', async (t) => {
      const grants = await connectMany()
      const sub = ADA
      await assertEnds(t, grants, async () => {
        const what = 'everything'
        assert.ok(await access.control.endAccess({ sub, what, disable: true, reason: 'admin' }))
      })
      await assert.rejects(connect(ADA), /disabled/)
      await access.control.enableAccount({ sub, reason: 'admin' })
      for (const grant of grants) {
        assert.equal((await refresh(urlOf(1), grant.client, grant.current)).status, 400)
      }
      assert.ok((await connect(ADA)).current)
    })

    test('the same for one grant when its client revokes an access token', async (t) => {
      const grant = await connect(ADA)
      await assertEnds(t, [grant], async () => {
        const body = form({ client_id: grant.client.client_id, token: grant.accessToken })
        assert.equal((await send(`${urlOf(0)}/revoke`, { body })).status, 200)
      })
    })
  })
}
