// What the administration lists and shows, over the records of real journeys, beside a running server.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import { openAdminRecords } from '../../../src/admin/open-records.ts'
import type { Config } from '../../../src/config/load.ts'
import { createSeal } from '../../../src/crypto/seal.ts'
import { createLogger } from '../../../src/log.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { type AdminRun, admin, adminJson } from '../../support/admin.ts'
import { ADA, GRACE, logIn, register } from '../../support/journey.ts'
import { startRedis } from '../../support/redis.ts'
import type { Backend } from '../../support/redis-backends.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const LINUS = 'dev-1969'
/** Clears the screen, changes the title, turns the direction of writing round, and ends the line. */
const WICKED = 'Nice\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp.exe\u2066\nroot \u2028x'
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

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
  describe(`administration over ${name}`, () => {
    let backend: Backend
    let server: TestServer
    const secrets: string[] = []
    const runs: AdminRun[] = []

    const run = async (...args: string[]) => {
      const result = await admin(server.config, ...args)
      runs.push(result)
      return result
    }

    before(async () => {
      backend = await provide()
      const file = {
        clients: [
          {
            client_id: 'reporting',
            client_name: 'Nightly reporting',
            redirect_uris: ['https://reports.example.com/callback'],
            clientSecretEnv: 'REPORTING_SECRET',
          },
        ],
      }
      const env = { STORE_URL: backend.url, REPORTING_SECRET: 'the secret of the reports' }
      server = await startTestServer({ file, env })
      for (const person of [ADA, GRACE, LINUS]) {
        const metadata = { client_name: `Client of ${person}` }
        const { tokens } = await logIn(server.issuer, { metadata, person })
        secrets.push(...[tokens['access_token'], tokens['refresh_token']].map(String))
      }
      const confidential = await register(server.issuer, {
        client_name: WICKED,
        token_endpoint_auth_method: 'client_secret_basic',
      })
      secrets.push(String(confidential.client_secret), 'the secret of the reports')
      secrets.push(...server.config.sessionSecrets)
    })
    after(async () => {
      await server.close()
      await backend.release()
    })

    it('accounts list names everyone once, with the verified address and the lifetime', async () => {
      const { stdout, code } = await run('accounts', 'list')
      assert.equal(code, 0)
      assert.match(stdout, /dev-1815 +ada@example\.com +Ada Byron +active /)
      assert.match(stdout, /linus@example\.org \(unverified\)/)
      const accounts = items(await adminJson(server.config, 'accounts', 'list'), 'accounts')
      assert.deepEqual(accounts.map(({ subject }) => subject).toSorted(), [ADA, GRACE, LINUS])
      for (const { expiresAt } of accounts) {
        const left = (Date.parse(String(expiresAt)) - Date.now()) / 86_400_000
        assert.ok(left > 180.9 && left < 181.1, `${left} days`)
      }
    })

    it('pages follow each other without a gap or a repetition', async () => {
      const seen: unknown[] = []
      let next: unknown
      for (let pages = 0; pages === 0 || typeof next === 'string'; pages += 1) {
        assert.ok(pages < 4)
        const args = typeof next === 'string' ? ['--after', next] : []
        const page = await adminJson(server.config, 'accounts', 'list', '--limit', '1', ...args)
        seen.push(...items(page, 'accounts').map(({ subject }) => subject))
        next = page['next']
      }
      assert.equal(seen.length, 3)
      assert.equal(new Set(seen).size, 3)
      assert.match((await run('accounts', 'list', '--limit', '2')).stdout, /more: add --after \S+/)
    })

    it('accounts show finds a person by subject and by address, whatever its case', async () => {
      for (const named of [ADA, 'ada@example.com', 'ADA@Example.COM']) {
        const { stdout, code } = await run('accounts', 'show', named)
        assert.equal(code, 0, named)
        assert.match(stdout, /^subject +dev-1815$/m)
        assert.match(stdout, /^claim name +Ada Byron$/m)
      }
      for (const named of ['ada@example.co', 'da@example.com', '%', 'Ada Byron']) {
        const { code, stderr } = await run('accounts', 'show', named)
        assert.equal(code, 1, named)
        assert.match(stderr, /there is no account/)
      }
    })

    it('clients list has the registered and the configured, and none of their secrets', async () => {
      const clients = items(await adminJson(server.config, 'clients', 'list'), 'clients')
      assert.equal(clients.length, 5)
      const sources = clients.map(({ source, usedAt }) => `${source} ${usedAt === null}`)
      assert.deepEqual(sources.toSorted(), [
        'configured true',
        'registered false',
        'registered false',
        'registered false',
        'registered true',
      ])
      const unused = items(await adminJson(server.config, 'clients', 'list', '--unused'), 'clients')
      assert.deepEqual(
        unused.map(({ name }) => name),
        [[...WICKED].join('')],
      )
      const { stdout } = await run('clients', 'show', 'reporting')
      assert.match(stdout, /^authentication +client_secret$/m)
      assert.equal((await run('clients', 'show', 'nobody')).code, 1)
    })

    it('a name that a stranger chose cannot control the terminal, in a table or in JSON', async () => {
      const [wicked] = items(
        await adminJson(server.config, 'clients', 'list', '--unused'),
        'clients',
      )
      const id = String(wicked?.['clientId'])
      for (const args of [['list'], ['list', '--json'], ['show', id], ['show', id, '--json']]) {
        const { stdout } = await run('clients', ...args)
        assert.match(stdout, /Nice/)
        assert.doesNotMatch(stdout.replaceAll('\n', ''), HARMFUL, args.join(' '))
        // The name does not begin a line of its own.
        assert.doesNotMatch(stdout, /^root/m)
      }
      const { stderr } = await run('clients', 'show', `x${WICKED}`)
      assert.match(stderr, /there is no client/)
      assert.doesNotMatch(stderr.replaceAll('\n', ''), HARMFUL)
    })

    it('stats counts every record, by kind and by secret', async () => {
      const { kinds, secrets: used } = await adminJson(server.config, 'stats')
      const counts = Object.fromEntries(
        (kinds as Item[]).map(({ kind, records }) => [kind, records]),
      )
      assert.deepEqual(
        [counts['account'], counts['client'], counts['grant'], counts['refresh-family']],
        [3, 4, 3, 3],
      )
      const total = (kinds as Item[]).reduce((sum, { records }) => sum + Number(records), 0)
      const [newest] = used as Item[]
      assert.deepEqual([newest?.['use'], newest?.['records']], ['seals', total])
      assert.match((await run('stats')).stdout, /^refresh-family +3 /m)
    })

    it('nothing that any command printed holds a token, a secret or a key', async () => {
      const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n')
      assert.ok(printed.length > 1000)
      for (const secret of secrets) {
        assert.ok(secret.length > 10)
        assert.ok(!printed.includes(secret))
      }
    })

    it('an address that several accounts have names none of them', async (t) => {
      const records = await openAdminRecords({
        config: server.config,
        logger: createLogger({ level: 'silent' }),
        now: Date.now,
      })
      t.after(records.close)
      const impostor = { sub: 'impostor', claims: { email: 'Ada@example.com', name: WICKED } }
      await records.stores.records.save('Account', 'impostor', impostor, 600)
      const { code, stderr } = await run('accounts', 'disable', 'ada@example.com', '--yes')
      assert.equal(code, 1)
      assert.match(stderr, /2 accounts have this address; name one by its subject: .*dev-1815/)
      assert.match(stderr, /impostor/)
      const disabled = await adminJson(server.config, 'accounts', 'list', '--disabled')
      assert.deepEqual(items(disabled, 'accounts'), [])
      await records.stores.records.remove('Account', 'impostor')
    })

    it('commands that show read records under older secrets, and change nothing in the store', async () => {
      const rotated: Config = {
        ...server.config,
        sessionSecrets: ['n'.repeat(40), ...server.config.sessionSecrets],
      }
      const dump = async () => {
        const store = await openStore({ url: server.config.storeUrl })
        const found = new Map<string, string | undefined>()
        for await (const key of store.scan('')) found.set(key, await store.get(key))
        await store.close()
        return new Map([...found].toSorted())
      }
      const before = await dump()
      assert.match((await admin(rotated, 'accounts', 'list')).stdout, /dev-1815/)
      assert.match((await admin(rotated, 'accounts', 'show', ADA)).stdout, /ada@example\.com/)
      assert.match((await admin(rotated, 'grants', 'list', '--account', ADA)).stdout, /dev-1815/)
      assert.match((await admin(rotated, 'clients', 'list')).stdout, /Client of dev-1906/)
      const { secrets: used } = await adminJson(rotated, 'stats')
      assert.deepEqual(
        (used as Item[]).map(({ use }) => use),
        ['seals', 'opens'],
      )
      await admin(rotated, 'accounts', 'disable', ADA)
      assert.deepEqual(await dump(), before)
    })

    it('records without a mark, of earlier releases, are those of the home upstream', async (t) => {
      const store = await openStore({ url: server.config.storeUrl })
      t.after(store.close)
      const [known = ''] = await Array.fromAsync(store.scan('mcp-oidc:account:'))
      const key = `${known.slice(0, -3)}old`
      const legacy = createSeal(server.config.sessionSecrets)
      await store.set(key, legacy.seal('{"sub":"legacy","claims":{}}', key), 60)
      const { accounts } = await adminJson(server.config, 'accounts', 'list')
      assert.ok((accounts as Item[]).some(({ subject }) => subject === 'legacy'))
      const subjectIssuer = 'https://elsewhere.example'
      const upstream = { ...server.config.upstream, subjectIssuer }
      const { accounts: others } = await adminJson(
        { ...server.config, upstream },
        'accounts',
        'list',
      )
      assert.deepEqual(others, [])
      await store.delete(key)
    })

    it('records that cannot be read here are counted, and say why', async (t) => {
      const elsewhere = {
        ...server.config,
        upstream: { ...server.config.upstream, subjectIssuer: 'https://elsewhere.example' },
      }
      const list = await admin(elsewhere, 'accounts', 'list')
      assert.match(list.stdout, /Not listed: 3 of another upstream/)
      const show = await admin(elsewhere, 'accounts', 'show', ADA)
      assert.match(show.stderr, /belongs to another upstream/)
      assert.equal(show.code, 1)

      const store = await openStore({ url: server.config.storeUrl })
      t.after(store.close)
      const [key = ''] = await Array.fromAsync(store.scan('mcp-oidc:account:'))
      const foreign = `${key.slice(0, -3)}abc`
      const damaged = `${key.slice(0, -3)}xyz`
      await store.set(
        foreign,
        createSeal(['another secret of thirty-two bytes']).seal('{}', foreign),
        60,
      )
      await store.set(damaged, (await store.get(key)) ?? '', 60)
      const both = await admin(server.config, 'accounts', 'list')
      assert.match(both.stdout, /Not listed: 1 sealed under a secret that SESSION_SECRET lacks/)
      assert.match(both.stdout, /Not listed: 1 damaged/)
      await store.delete(foreign)
      await store.delete(damaged)
    })

    it('another SESSION_SECRET is refused before anything is read', async () => {
      const wrong = { ...server.config, sessionSecrets: ['w'.repeat(40)] as [string] }
      for (const args of [['stats'], ['accounts', 'list'], ['clients', 'show', 'reporting']]) {
        const { code, stderr, stdout } = await admin(wrong, ...args)
        assert.equal(code, 1)
        assert.match(stderr, /SESSION_SECRET opens none of the records/)
        assert.equal(stdout, '')
      }
    })
  })
}

test('administration reads the home upstream, and never decides it', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const server = await startTestServer({ env: { STORE_URL: redis.url } })
  await server.close()
  const store = await openStore({ url: redis.url })
  t.after(store.close)
  for await (const key of store.scan('')) await store.delete(key)
  await adminJson(server.config, 'accounts', 'list')
  await adminJson(server.config, 'stats')
  assert.deepEqual(await Array.fromAsync(store.scan('')), [])
})

test('an SQLite file that does not exist is not created', async () => {
  const server = await startTestServer()
  await server.close()
  const directory = await mkdtemp(join(tmpdir(), 'admin-'))
  const missing = { ...server.config, storeUrl: `sqlite:${join(directory, 'typo.db')}` }
  const { code, stderr } = await admin(missing, 'stats')
  assert.equal(code, 1)
  assert.match(stderr, /typo\.db does not exist/)
  await rm(directory, { recursive: true })
  // Its records are in the memory of the server.
  assert.equal((await admin(server.config, 'stats')).code, 1)
})
