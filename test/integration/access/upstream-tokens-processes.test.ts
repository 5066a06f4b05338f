// Two server processes with one store: the upstream is asked once, whatever happens to the process that asks, and its tokens
// are nowhere in clear.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import defaults from '../../../config/default.json' with { type: 'json' }
import { createLogger } from '../../../src/log.ts'
import { markOfIssuer } from '../../../src/oauth/issuer.ts'
import { createRecordStores } from '../../../src/records/create-record-stores.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange } from '../../support/exchange.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { type Client, logIn, refresh } from '../../support/journey.ts'
import { startRedis } from '../../support/redis.ts'
import { type RenewingUpstream, startRenewingUpstream } from '../../support/renewing-upstream.ts'
import { TEST_RESOURCE } from '../../support/server.ts'
import { dumpRedis, dumpSqlite } from '../../support/store-dump.ts'

const MANY = 50
/** RENEWAL_TIMES.leaseMs of src/domain/upstream-tokens/renewal.ts. */
const LEASE_MS = 5500
/** For 100 requests and an answer of the upstream after it. */
const MARGIN_MS = 1500

/** Values that no record and no log line may have in clear. */
const GROUPS = ['canary-group-of-staff', 'canary-group-of-finance']
const SID = 'canary-session-of-the-upstream'

interface Backend {
  readonly storeUrl: string
  dump(): Promise<string>
  close(): Promise<void>
}

const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  async SQLite() {
    const directory = await mkdtemp(join(tmpdir(), 'upstream-tokens-'))
    const path = join(directory, 'store.db')
    const close = () => rm(directory, { recursive: true, force: true })
    return { storeUrl: `sqlite:${path}`, dump: () => dumpSqlite(path), close }
  },
  async Redis() {
    const redis = await startRedis()
    return { storeUrl: redis.url, dump: () => dumpRedis(redis.url), close: redis.stop }
  },
}

interface Stage {
  readonly backend: Backend
  readonly upstream: RenewingUpstream
  readonly fleet: Fleet
}

async function startStage(openBackend: () => Promise<Backend>): Promise<Stage> {
  const [backend, upstream] = await Promise.all([openBackend(), startRenewingUpstream()])
  upstream.person = { ...upstream.person, groups: GROUPS, sid: SID }
  const fleet = await startFleet({
    storeUrl: backend.storeUrl,
    replicas: 2,
    env: {
      ...EXCHANGE_ENV,
      UPSTREAM_ISSUER: upstream.issuer,
      UPSTREAM_NAME: 'Test sign-in',
      LOG_LEVEL: 'trace',
    },
    file: {
      ...EXCHANGE_FILE,
      upstream: { globalTokenRevocation: { emailDomains: ['example.com'] } },
      access: {
        claims: { groups: 'groups' },
        rules: [{ name: 'staff', when: { claim: 'groups', equals: GROUPS[0] } }],
      },
    },
  })
  return { backend, upstream, fleet }
}

const stages = new Map<string, Stage>()
before(async () => {
  for (const [name, openBackend] of Object.entries(BACKENDS)) {
    stages.set(name, await startStage(openBackend))
  }
})
after(async () => {
  for (const { backend, upstream, fleet } of stages.values()) {
    await fleet.close()
    await upstream.close()
    await backend.close()
  }
})

/** With an upstream that answers as it should. */
function stageOf(name: string): Stage {
  const stage = stages.get(name) ?? assert.fail(name)
  Object.assign(stage.upstream, { answer: 'right', delayMs: 0, onRefresh: () => {} })
  return stage
}

/** As if an hour had passed since the upstream's last word: its access token has expired, and re-validation is due. */
async function letTimePass({ backend, upstream, fleet }: Stage): Promise<void> {
  const store = await openStore({
    url: backend.storeUrl,
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

const urlOf = ({ fleet }: Stage, index: number) => fleet.replicas[index]?.url ?? assert.fail()

/** Half of them at each process. @returns the answers of the exchanges */
async function requestMany(
  stage: Stage,
  { client, tokens }: { client: Client; tokens: Record<string, unknown> },
  indexes: number[],
) {
  const refreshes: ReturnType<typeof refresh>[] = []
  const exchanges: ReturnType<typeof exchange>[] = []
  for (let turn = 0; turn < MANY; turn += 1) {
    const at = urlOf(stage, indexes[turn % indexes.length] ?? 0)
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

for (const name of Object.keys(BACKENDS)) {
  test(`50 refreshes and 50 exchanges over two processes cause one refresh at the upstream: ${name}`, async () => {
    const stage = stageOf(name)
    const { upstream, fleet } = stage
    const login = await logIn(fleet.issuer)
    await letTimePass(stage)
    const { granted, refused } = upstream.refreshes
    upstream.delayMs = 200
    const accessTokens = await requestMany(stage, login, [0, 1])
    assert.deepEqual(upstream.refreshes, { granted: granted + 1, refused })
    assert.equal(accessTokens.size, 1)
    assert.ok(upstream.accepts([...accessTokens][0]))
  })

  test(`neither the store nor the log has a token of the upstream, a claim or a session id in clear: ${name}`, async () => {
    const stage = stageOf(name)
    const { upstream, fleet } = stage
    const { tokens } = await logIn(fleet.issuer)
    await letTimePass(stage)
    await exchange(fleet.issuer, tokens['access_token'])
    const dump = await stage.backend.dump()
    for (const kind of ['upstream-tokens', 'upstream-session', 'account-email', 'account']) {
      assert.ok(dump.includes(`mcp-oidc:${kind}:`), `the dump has ${kind}`)
    }
    const log = fleet.replicas.flatMap(({ logLines }) => logLines).join('\n')
    assert.match(log, /upstream_token_issued/)
    const { name: realName, email, sub } = upstream.person
    const secrets = [...upstream.issued, ...GROUPS, SID, String(realName), String(email), sub]
    assert.ok(upstream.issued.length >= 4)
    for (const secret of secrets) {
      for (const encoding of ['latin1', 'hex', 'base64', 'base64url'] as const) {
        const spelling = Buffer.from(secret).toString(encoding).replace(/=+$/, '')
        assert.ok(!dump.includes(spelling), `the store has ${secret} as ${encoding}`)
        assert.ok(!log.includes(spelling), `the log has ${secret} as ${encoding}`)
      }
    }
    assert.ok(log.includes(TEST_RESOURCE))
  })
}

test('if the process that asks is killed, the requests at the other are answered once its lease has ended', async (t) => {
  const stage = stageOf('SQLite')
  const { upstream, fleet } = stage
  const login = await logIn(fleet.issuer)
  await letTimePass(stage)
  upstream.answer = 'silent'
  const isAsked = new Promise<void>((resolve) => {
    upstream.onRefresh = resolve
  })
  const cutOff = exchange(urlOf(stage, 1), login.tokens['access_token']).catch(() => undefined)
  await isAsked
  await fleet.replicas[1]?.kill()
  await cutOff
  upstream.answer = 'right'
  const { granted } = upstream.refreshes
  const startedAtMs = performance.now()
  const accessTokens = await requestMany(stage, login, [0])
  const tookMs = performance.now() - startedAtMs
  t.diagnostic(`answered after ${Math.round(tookMs)} ms`)
  assert.ok(tookMs < LEASE_MS + MARGIN_MS, `${tookMs} ms`)
  assert.ok(tookMs > LEASE_MS / 2, `${tookMs} ms: the lease of the process that was killed counted`)
  assert.equal(upstream.refreshes.granted, granted + 1)
  assert.ok(upstream.accepts([...accessTokens][0]))
  await fleet.replicas[1]?.start()
})
