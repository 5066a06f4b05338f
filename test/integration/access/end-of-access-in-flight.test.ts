// How long access lasts after each kill switch, with 50 refreshes in flight over two replicas. docs/access.md says so minute
// by minute. revalidation-in-flight.test.ts has what the server learns by asking the upstream.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { type Access, openAccess } from '../../support/access.ts'
import { grantsOn, isSignedIn, openAccount } from '../../support/account.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { ADA, GRACE, logIn, refresh } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { startRedis } from '../../support/redis.ts'
import { assertEndsInFlight, type HeldGrant, holdGrant } from '../../support/refreshes-in-flight.ts'
import { form, send } from '../../support/send.ts'
import { spawnNode } from '../../support/server-process.ts'
import { sendLogout, sendRevocation, signLogout, signRevocation } from '../../support/statements.ts'

const CLIENTS = 5

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

    async function connect(person: string, agent = createUserAgent()): Promise<HeldGrant> {
      const parameters = { scope: 'openid' }
      const { client, tokens } = await logIn(fleet.issuer, { agent, person, parameters })
      return holdGrant(client, tokens)
    }

    /** @param end resolves when the kill switch has answered */
    async function assertEnds(
      t: TestContext,
      grants: readonly HeldGrant[],
      end: () => Promise<void>,
    ) {
      const others = [await connect(GRACE)]
      const urls = fleet.replicas.map(({ url }) => url)
      const { refreshes, lastMs } = await assertEndsInFlight({ urls, grants, others, end })
      t.diagnostic(`${refreshes} refreshes; the last good answer ${lastMs} ms after the end`)
    }

    const connectMany = (): Promise<HeldGrant[]> =>
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

    test('the same after `admin accounts disable`, until it is enabled and the person signs in', async (t) => {
      const grants = await connectMany()
      const admin = async (...args: string[]) => {
        const command = spawnNode(['scripts/admin.ts', ...args, ADA, '--yes'], {
          env: { ...fleet.env, OIDC_PORT: '1' },
        })
        assert.equal((await command.exit).code, 0, command.stderr)
      }
      await assertEnds(t, grants, () => admin('accounts', 'disable'))
      await assert.rejects(connect(ADA), /disabled/)
      await admin('accounts', 'enable')
      for (const grant of grants) {
        assert.equal((await refresh(urlOf(1), grant.client, grant.current)).status, 400)
      }
      assert.ok((await connect(ADA)).current)
    })

    test('the same after a person removes all clients on the account page', async (t) => {
      const agent = createUserAgent()
      const first = await connect(ADA, agent)
      const grants = [first, ...(await connectMany())]
      const page = await openAccount(fleet, agent)
      assert.ok(grantsOn(page).length >= grants.length)
      await assertEnds(t, grants, async () => {
        const after = await agent.submit(page, { button: { name: 'everything', value: 'yes' } })
        assert.deepEqual(grantsOn(after), [])
      })
      assert.ok(isSignedIn(await openAccount(fleet, agent)), 'the browser stays signed in')
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
