// Two server processes with one store: the upstream is asked once, whatever happens to the process that asks, and its tokens
// are nowhere in clear.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import defaults from '../../../config/default.json' with { type: 'json' }
import { createLogger } from '../../../src/log.ts'
import { markOfIssuer } from '../../../src/oauth/issuer.ts'
import { createRecordStores } from '../../../src/records/create-record-stores.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange } from '../../support/exchange.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { type Client, logIn, refresh } from '../../support/journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { TEST_RESOURCE } from '../../support/server.ts'
import { dumpSqlite } from '../../support/store-dump.ts'

const MANY = 50
/** RENEWAL_TIMES.leaseMs of src/domain/upstream-tokens/renewal.ts. */
const LEASE_MS = 5500
/** For 100 requests and an answer of the upstream after it. */
const MARGIN_MS = 1500

let directory: string
let path: string
let upstream: RenewingUpstream
let fleet: Fleet
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'upstream-tokens-'))
  path = join(directory, 'store.db')
  upstream = await startRenewingUpstream()
  fleet = await startFleet({
    storeUrl: `sqlite:${path}`,
    replicas: 2,
    env: {
      ...EXCHANGE_ENV,
      UPSTREAM_ISSUER: upstream.issuer,
      UPSTREAM_NAME: 'Test sign-in',
      LOG_LEVEL: 'debug',
    },
    file: { ...EXCHANGE_FILE, revalidation: { mode: 'on' } },
  })
})
after(async () => {
  await fleet.close()
  await upstream.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => {
  Object.assign(upstream, { answer: 'right', delayMs: 0, onRefresh: () => {} })
})

/** As if an hour had passed since the upstream's last word: its access token has expired, and re-validation is due. */
async function letTimePass(): Promise<void> {
  const store = await openStore({
    url: `sqlite:${path}`,
    onError: (err) => assert.fail(String(err)),
  })
  const now = Date.now
  const stores = createRecordStores({
    config: {
      lifetimes: defaults.lifetimes,
      sessionSecrets: [fleet.sessionSecret],
      storeKeyPrefix: 'mcp-oidc',
      upstream: { subjectIssuer: upstream.issuer },
    } as never, // only what record stores need of it
    store,
    now,
    monotonicNow: now,
    logger: createLogger({ level: 'silent' }),
  })
  const { sub } = upstream.person
  const agoMs = now() - 3600_000
  assert.equal(await stores.homeUpstream.getMark(), markOfIssuer(upstream.issuer))
  await stores.accounts.change(sub, (known) => ({
    ...(known ?? assert.fail('no account')),
    checkedAtMs: agoMs,
  }))
  await stores.upstreamTokens.change(sub, (known = { held: {} }) => ({
    ...known,
    held: Object.fromEntries(
      Object.entries(known.held).map(([purpose, tokens]) => [
        purpose,
        { ...tokens, checkedAtMs: agoMs, expiresAtMs: agoMs + 1000, retryAtMs: undefined },
      ]),
    ),
  }))
  await store.close()
}

const urlOf = (index: number) => fleet.replicas[index]?.url ?? assert.fail()

/** Half of them at each process. @returns the answers of the exchanges */
async function requestMany(client: Client, tokens: Record<string, unknown>, indexes: number[]) {
  const refreshes: ReturnType<typeof refresh>[] = []
  const exchanges: ReturnType<typeof exchange>[] = []
  for (let turn = 0; turn < MANY; turn += 1) {
    const at = urlOf(indexes[turn % indexes.length] ?? 0)
    refreshes.push(refresh(at, client, tokens['refresh_token']))
    exchanges.push(exchange(at, tokens['access_token']))
  }
  for (const { status, body } of await Promise.all(refreshes)) {
    assert.equal(status, 200, JSON.stringify(body))
  }
  const answers = await Promise.all(exchanges)
  for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body))
  return new Set(answers.map(({ body }) => String(body['access_token'])))
}

test('50 refreshes and 50 exchanges over two processes cause one refresh at the upstream', async () => {
  const { client, tokens } = await logIn(fleet.issuer)
  await letTimePass()
  const { granted, refused } = upstream.refreshes
  upstream.delayMs = 200
  const accessTokens = await requestMany(client, tokens, [0, 1])
  assert.deepEqual(upstream.refreshes, { granted: granted + 1, refused })
  assert.equal(accessTokens.size, 1)
  assert.ok(upstream.accepts([...accessTokens][0]))
})

test('if the process that asks is killed, the requests at the other are answered once its lease has ended', async (t) => {
  const { client, tokens } = await logIn(fleet.issuer)
  await letTimePass()
  upstream.answer = 'silent'
  const isAsked = new Promise<void>((resolve) => {
    upstream.onRefresh = resolve
  })
  const cutOff = exchange(urlOf(1), tokens['access_token']).catch(() => undefined)
  await isAsked
  await fleet.replicas[1]?.kill()
  await cutOff
  upstream.answer = 'right'
  const { granted } = upstream.refreshes
  const startedAtMs = performance.now()
  const accessTokens = await requestMany(client, tokens, [0])
  const tookMs = performance.now() - startedAtMs
  t.diagnostic(`answered after ${Math.round(tookMs)} ms`)
  assert.ok(tookMs < LEASE_MS + MARGIN_MS, `${tookMs} ms`)
  assert.ok(tookMs > LEASE_MS / 2, `${tookMs} ms: the lease of the process that was killed counted`)
  assert.equal(upstream.refreshes.granted, granted + 1)
  assert.ok(upstream.accepts([...accessTokens][0]))
  await fleet.replicas[1]?.start()
})

test('neither the store nor the log has a token of the upstream or a claim in clear', async () => {
  const { tokens } = await logIn(fleet.issuer)
  await letTimePass()
  await exchange(fleet.issuer, tokens['access_token'])
  const dump = await dumpSqlite(path)
  assert.ok(dump.includes('mcp-oidc:upstream-tokens:'), 'the dump has the records')
  const log = fleet.replicas.flatMap(({ logLines }) => logLines).join('\n')
  assert.match(log, /upstream_token_issued/)
  const { name, email, sub } = upstream.person
  const secrets = [...upstream.issued, String(name), String(email), sub]
  assert.ok(upstream.issued.length >= 8)
  for (const secret of secrets) {
    for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
      const spelling = Buffer.from(secret).toString(encoding).replace(/=+$/, '')
      assert.ok(!dump.includes(spelling), `the store has ${secret} as ${encoding}`)
      assert.ok(!log.includes(spelling), `the log has ${secret} as ${encoding}`)
    }
  }
  assert.ok(log.includes(TEST_RESOURCE))
})
