// The kill switches of the administration, beside a running server whose people and clients are in the middle of work.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { openAccess } from '../../support/access.ts'
import { admin, adminJson } from '../../support/admin.ts'
import { type EveryRecordKind, prepareEveryRecordKind } from '../../support/every-record-kind.ts'
import {
  ADA,
  buildAuthorization,
  GRACE,
  logIn,
  obtainTokens,
  refresh,
} from '../../support/journey.ts'
import { startRedis } from '../../support/redis.ts'
import type { Backend } from '../../support/redis-backends.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  sqlite: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'admin-'))
    const release = () => rm(directory, { recursive: true })
    return { url: `sqlite:${join(directory, 'store.db')}`, release }
  },
  redis: async () => {
    const server = await startRedis()
    return { url: server.url, release: server.stop }
  },
}

type Item = Record<string, unknown>
const items = (json: Record<string, unknown>, name: string) => json[name] as Item[]

for (const [name, provide] of Object.entries(BACKENDS)) {
  describe(`kill switches over ${name}`, () => {
    let backend: Backend
    let server: TestServer
    let kinds: EveryRecordKind

    const run = (...args: string[]) => admin(server.config, ...args)
    const signIn = async (person = ADA) => {
      const agent = createUserAgent()
      const { client, tokens } = await logIn(server.issuer, { agent, person })
      let token = tokens['refresh_token']
      return {
        agent,
        client,
        /** Of the answer to a refresh. */
        async refresh() {
          const { status, body } = await refresh(server.issuer, client, token)
          token = body['refresh_token'] ?? token
          return status === 200 ? 'refreshed' : body['error']
        },
        /** Whether the consent page names the account, so that the browser is signed in. */
        async isSignedIn() {
          const page = await agent.open(buildAuthorization(server.issuer, client).url)
          return page.body.includes('@example.')
        },
      }
    }

    before(async () => {
      backend = await provide()
      kinds = await prepareEveryRecordKind()
      server = await startTestServer({
        file: kinds.file,
        env: { STORE_URL: backend.url },
        overrides: { outbound: kinds.outbound },
      })
    })
    after(async () => {
      await server.close()
      await kinds.close()
      await backend.release()
    })

    it('every command that ends something only says so, unless it gets --yes', async () => {
      const ada = await signIn()
      const [grant] = items(await adminJson(server.config, 'grants', 'list'), 'grants')
      const commands = [
        ['accounts', 'disable', ADA],
        ['accounts', 'disable', 'somebody', '--new'],
        ['accounts', 'revoke', 'ada@example.com'],
        ['sessions', 'revoke', ADA],
        ['grants', 'revoke', String(grant?.['grant'])],
        ['clients', 'revoke', ada.client.client_id],
      ]
      for (const command of commands) {
        const { code, stdout, audit } = await run(...command)
        assert.equal(code, 0, command.join(' '))
        assert.match(stdout, /Nothing was changed\. To do it, add --yes/)
        assert.deepEqual(audit, [])
        assert.equal((await run(...command, '--json')).json['isDone'], false)
      }
      assert.equal(await ada.refresh(), 'refreshed')
      assert.equal(await ada.isSignedIn(), true)
      assert.equal((await run('accounts', 'show', 'somebody')).code, 1)
    })

    it('a disabled account has nothing left and gets nothing new, until it is enabled', async () => {
      const [ada, grace] = [await signIn(), await signIn(GRACE)]
      assert.equal(await ada.refresh(), 'refreshed')
      const done = await run('accounts', 'disable', 'ada@example.com', '--yes')
      assert.equal(done.code, 0)
      assert.match(done.stdout, /The account is disabled/)
      const [event, ...more] = done.audit
      assert.deepEqual(more, [])
      const { audit, reason, disabled } = event ?? {}
      assert.deepEqual([audit, reason, disabled], ['access_ended', 'admin', true])
      assert.ok(!done.stderr.includes('ada@example.com'))

      assert.equal(await ada.refresh(), 'invalid_grant')
      assert.equal(await ada.isSignedIn(), false)
      await assert.rejects(signIn(), /stopped at/)
      assert.equal(await grace.refresh(), 'refreshed')
      const show = await run('accounts', 'show', String(event?.['account']))
      assert.match(show.stdout, /^subject +dev-1815$/m)
      assert.match(show.stdout, /^state +disabled since 20/m)
      const disabled1 = items(
        await adminJson(server.config, 'accounts', 'list', '--disabled'),
        'accounts',
      )
      assert.deepEqual(
        disabled1.map(({ subject }) => subject),
        [ADA],
      )

      const enabled = await run('accounts', 'enable', ADA, '--yes')
      assert.equal(enabled.audit[0]?.['audit'], 'account_enabled')
      assert.equal(await ada.refresh(), 'invalid_grant')
      assert.equal(await (await signIn()).refresh(), 'refreshed')
    })

    it('somebody who has not signed in yet is refused at the first sign-in', async () => {
      const linus = 'dev-1969'
      assert.equal((await run('accounts', 'disable', linus, '--yes')).code, 1)
      assert.equal((await run('accounts', 'disable', linus, '--new', '--yes')).code, 0)
      await assert.rejects(signIn(linus), /stopped at/)
      const again = await run('accounts', 'disable', linus, '--new', '--yes')
      assert.match(again.stderr, /has signed in: leave --new away/)
    })

    it('accounts revoke ends grants and sessions, or the grants alone', async () => {
      const [one, two] = [await signIn(), await signIn()]
      await run('accounts', 'revoke', ADA, '--keep-sessions', '--yes')
      assert.equal(await one.refresh(), 'invalid_grant')
      assert.equal(await one.isSignedIn(), true)
      const three = await signIn()
      const { audit } = await run('accounts', 'revoke', ADA, '--yes')
      assert.deepEqual([audit[0]?.['what'], audit[0]?.['disabled']], ['everything', false])
      for (const person of [two, three]) {
        assert.equal(await person.refresh(), 'invalid_grant')
        assert.equal(await person.isSignedIn(), false)
      }
      assert.equal(await (await signIn()).refresh(), 'refreshed')
    })

    it('sessions revoke signs browsers out, and leaves the tokens of clients', async () => {
      const ada = await signIn()
      const { stdout } = await run('sessions', 'revoke', ADA, '--yes')
      assert.match(stdout, /Its clients keep their tokens/)
      assert.equal(await ada.isSignedIn(), false)
      assert.equal(await ada.refresh(), 'refreshed')
    })

    it('grants list names client, resource, scopes and last use; grants revoke ends one of them', async () => {
      await run('accounts', 'revoke', ADA, '--yes')
      const [one, two] = [await signIn(), await signIn()]
      await one.refresh()
      const listed = items(
        await adminJson(server.config, 'grants', 'list', '--account', ADA),
        'grants',
      )
      assert.equal(listed.length, 2)
      const grant = listed.find(({ clientId }) => clientId === one.client.client_id)
      assert.equal(grant?.['account'], ADA)
      assert.deepEqual(grant['resources'], [server.resource])
      assert.ok((grant['scopes'] as string[]).length > 0)
      assert.ok(grant['lastUsedAt'])
      const ofClient = await adminJson(
        server.config,
        'grants',
        'list',
        '--client',
        two.client.client_id,
      )
      assert.equal(items(ofClient, 'grants').length, 1)

      const done = await run('grants', 'revoke', String(grant['grant']), '--yes')
      assert.deepEqual(
        [done.audit[0]?.['audit'], done.audit[0]?.['grant']],
        ['grant_ended', grant['grant']],
      )
      assert.equal(await one.refresh(), 'invalid_grant')
      assert.equal(await two.refresh(), 'refreshed')
      const left = items(
        await adminJson(server.config, 'grants', 'list', '--account', ADA),
        'grants',
      )
      assert.equal(left.length, 1)
      assert.equal((await run('grants', 'revoke', String(grant['grant']), '--yes')).code, 1)
    })

    it('grants that are on no list are listed too, and end with their account', async (t) => {
      const ada = await signIn()
      const store = await openStore({ url: backend.url })
      t.after(store.close)
      await openAccess(server.config, store).unlist(ADA)
      const list = async () =>
        items(
          await adminJson(server.config, 'grants', 'list', '--client', ada.client.client_id),
          'grants',
        )
      assert.equal((await list()).length, 1)
      await run('accounts', 'revoke', ADA, '--yes')
      assert.deepEqual(await list(), [])
      assert.equal(await ada.refresh(), 'invalid_grant')
    })

    it('clients revoke ends what everybody gave a client, and removes its registration', async () => {
      const [ada, grace] = [await signIn(), await signIn(GRACE)]
      const { client_id: clientId } = ada.client
      const ofGrace = await obtainTokens(server.issuer, ada.client, { person: GRACE })
      assert.equal(ofGrace.status, 200)
      const done = await run('clients', 'revoke', clientId, '--yes')
      assert.match(done.stdout, /has lost 2 grants[\s\S]*may register again/)
      const [last] = done.audit.slice(-1)
      assert.deepEqual(
        [last?.['audit'], last?.['clientId'], last?.['grants']],
        ['client_revoked', clientId, 2],
      )
      assert.notEqual(await ada.refresh(), 'refreshed')
      const second = await refresh(server.issuer, ada.client, ofGrace.body['refresh_token'])
      assert.notEqual(second.status, 200)
      assert.equal(await grace.refresh(), 'refreshed')
      assert.equal((await run('clients', 'show', clientId)).code, 1)
      assert.equal((await run('clients', 'revoke', clientId, '--yes')).code, 1)
    })

    it('a client with a metadata document is listed, loses its grants, and may ask again', async () => {
      await kinds.walk(server.issuer)
      const documented = async () =>
        items(await adminJson(server.config, 'clients', 'list'), 'clients').filter(
          ({ source }) => source === 'document',
        )
      const [client, ...others] = await documented()
      assert.equal(others.length, 1)
      const clientId = String(client?.['clientId'])
      assert.match(clientId, /^https:\/\/client\.example\//)
      const done = await run('clients', 'revoke', clientId, '--yes')
      assert.match(done.stdout, /has lost 1 grants[\s\S]*clientDocuments\.allowedHosts/)
      assert.equal((await documented()).length, 1)
      const left = await adminJson(server.config, 'grants', 'list', '--client', clientId)
      assert.deepEqual(items(left, 'grants'), [])
    })
  })
}
