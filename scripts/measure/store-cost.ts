// The cost of the server in Redis, counted by a proxy between the two: the commands and round trips of a
// refresh and of a whole journey, and the bytes that each leaves behind.
import { randomBytes } from 'node:crypto'
import type { Config } from '../../src/config/load.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openAccess } from '../../test/support/access.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange } from '../../test/support/exchange.ts'
import {
  ADA,
  authorize,
  buildAuthorization,
  type Client,
  redeem,
  refresh,
  register,
} from '../../test/support/journey.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startRenewingUpstream } from '../../test/support/renewing-upstream.ts'
import { startTestServer } from '../../test/support/server.ts'
import { measureRedis, type Size, type StoreSize } from '../../test/support/store-size.ts'
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts'

export interface Cost {
  readonly commands: number
  readonly roundTrips: number
}

export interface StoreCost {
  /** Register, authorize, consent, sign in, code, token. */
  readonly journey: Cost
  /** A refresh by a client that this process has not cached. */
  readonly refresh: Cost
  readonly refreshOfCachedClient: Cost
  /** The client is not cached. */
  readonly refreshOfUnlistedGrant: Cost
  /** The client is not cached. Undefined without access rules. */
  readonly revalidatingRefresh: Cost | undefined
  /** Undefined if no resource server exchanges. The second refreshes the upstream's token first. */
  readonly exchanges: readonly [Cost, Cost] | undefined
  /** A refresh after all rotations. */
  readonly lateRefresh: Cost
  /** The size of one of each in Redis. A grant includes its approval and its full refresh-token family. */
  readonly left: Readonly<Record<Thing, Size>>
  /** The growth of the whole store from when the family has its full size to the last rotation. */
  readonly grownRecords: number
  readonly grownBytes: number
  readonly rotations: number
}

/** The things that a login leaves in the store, with the kinds of their records. */
const KINDS = {
  account: ['account', 'grant-list'],
  client: ['client'],
  grant: ['grant', 'refresh-family', 'approval'],
  session: ['session'],
} as const
type Thing = keyof typeof KINDS

const SCOPE = 'openid profile email mcp:tools'
/**
 * A family has its full size after this many bursts of rotations, an eighth of the reuse window apart. The first two of
 * a burst have an entry each, and the third shares one.
 */
const WARM_BURSTS = 9
const BURST = 3
const EIGHTH_MS = 15_000
/** Longer than a process keeps a client. */
const CACHED_CLIENT_MS = 61_000
/** Expires before the next re-validation is due. */
const UPSTREAM_TOKEN_SECONDS = 600

/**
 * `rules`: access rules with a claim, re-validation by the upstream's refresh tokens, and the upstream's session ids.
 * `exchange`: the same, and resource servers that exchange their callers' tokens.
 */
type AccessSetting = 'open' | 'rules' | 'exchange'

const RULES = {
  access: {
    claims: { groups: 'groups' },
    rules: [{ name: 'staff', when: { claim: 'groups', equals: 'staff' } }],
  },
}
const FILES = {
  open: {},
  rules: RULES,
  // The access tokens must outlive the skipped time.
  exchange: { ...RULES, ...EXCHANGE_FILE, lifetimes: { accessTokenSeconds: 3600 } },
} as const

export async function measureStoreCost(options: {
  rotations: number
  /** The setting CONSENT. With `remember`, approvals for the journey's redirect URI are remembered. */
  consent: 'always' | 'remember'
  access?: AccessSetting
}): Promise<StoreCost> {
  const { access = 'open' } = options
  const redis = await startRedis()
  const proxy = await startTcpProxy(redis)
  const env = {
    STORE_URL: proxy.url,
    SESSION_SECRET: randomBytes(48).toString('base64url'),
    CONSENT: options.consent,
    ...(access === 'exchange' ? EXCHANGE_ENV : {}),
  }
  const file = { consent: { rememberLoopback: true }, ...FILES[access] }
  let skippedMs = 0
  const overrides = {
    now: () => Date.now() + skippedMs,
    monotonicNow: () => performance.now() + skippedMs,
  }
  const restricted = access === 'open' ? undefined : await startRestrictedUpstream()
  const first = await startTestServer({
    env,
    file,
    overrides,
    ...(restricted && { upstream: restricted }),
  })
  const person = restricted?.person.sub ?? ADA
  // A second server stands in for another process, without the client in its cache.
  const { upstreamIssuer: issuer } = first
  const second = await startTestServer({
    env,
    file,
    overrides,
    upstream: { issuer, close: async () => {} },
  })
  const warmUp = async (
    issuer: string,
    { client, token }: Pick<Walked, 'client' | 'token'>,
  ): Promise<string> => {
    let current = token
    for (let n = 0; n < WARM_BURSTS * BURST; n += 1) {
      if (n % BURST === 0) skippedMs += EIGHTH_MS
      current = (await rotateOnce(issuer, client, current)).token
    }
    return current
  }
  try {
    // The first command of each kind loads its script into Redis.
    const warm = await walk(first.issuer, 'Warm-up')
    const warmToken = await warmUp(first.issuer, warm)
    // Each process reads the canary once, and the home upstream once a day: for an account that it asks the upstream about.
    const { revalidateSeconds } = first.config.revalidation
    skippedMs += revalidateSeconds * 1000
    await rotateOnce(second.issuer, warm.client, warmToken)

    let walked: Walked | undefined
    const journey = await count(proxy, async () => {
      walked = await walk(first.issuer, 'Measured')
    })
    if (!walked) throw new Error('the journey did not finish')
    let { client, token, accessToken } = walked as Walked
    const rotate = async (issuer: string): Promise<void> => {
      ;({ token, accessToken } = await rotateOnce(issuer, client, token))
    }
    const uncached = await count(proxy, () => rotate(second.issuer))
    const cached = await count(proxy, () => rotate(second.issuer))
    const exchangeOnce = () => count(proxy, () => requireExchange(second.issuer, accessToken))
    let exchanges: StoreCost['exchanges']
    if (access === 'exchange') {
      const fresh = await exchangeOnce()
      skippedMs += UPSTREAM_TOKEN_SECONDS * 1000
      exchanges = [fresh, await exchangeOnce()]
    }
    let revalidatingRefresh: Cost | undefined
    if (access !== 'open') {
      skippedMs += revalidateSeconds * 1000
      revalidatingRefresh = await count(proxy, () => rotate(second.issuer))
    }
    token = await warmUp(first.issuer, { client, token })
    const size = await measureRedis(redis.url)
    const before = totalOf(size)
    for (let n = 0; n < options.rotations; n += 1) await rotate(first.issuer)
    const after = totalOf(await measureRedis(redis.url))
    const lateRefresh = await count(proxy, () => rotate(first.issuer))
    await unlist(first.config, { storeUrl: redis.url, person })
    skippedMs += CACHED_CLIENT_MS
    const refreshOfUnlistedGrant = await count(proxy, () => rotate(second.issuer))
    return {
      journey,
      refresh: uncached,
      refreshOfCachedClient: cached,
      refreshOfUnlistedGrant,
      revalidatingRefresh,
      exchanges,
      lateRefresh,
      left: leftOf(size),
      grownRecords: after.records - before.records,
      grownBytes: after.bytes - before.bytes,
      rotations: options.rotations,
    }
  } finally {
    await first.close()
    await second.close()
    await proxy.close()
    await redis.stop()
  }
}

async function startRestrictedUpstream() {
  const upstream = await startRenewingUpstream()
  upstream.expiresInSeconds = UPSTREAM_TOKEN_SECONDS
  upstream.person = { ...upstream.person, groups: ['staff'], sid: 'session-1' }
  return upstream
}

async function count(proxy: TcpProxy, work: () => Promise<void>): Promise<Cost> {
  proxy.reset()
  await work()
  return { commands: proxy.commands.length, roundTrips: proxy.roundTrips }
}

interface Walked extends Rotated {
  client: Client
}

interface Rotated {
  token: string
  accessToken: string
}

async function walk(issuer: string, name: string): Promise<Walked> {
  const client = await register(issuer, { client_name: name })
  const authorization = buildAuthorization(issuer, client, { scope: SCOPE })
  const answer = await authorize(authorization)
  const { codeVerifier } = authorization
  const { status, body } = await redeem(issuer, client, { answer, codeVerifier })
  if (status !== 200) throw new Error(`token request: ${status}`)
  return { client, ...tokensOf(body) }
}

const tokensOf = (body: Readonly<Record<string, unknown>>): Rotated => ({
  token: String(body['refresh_token']),
  accessToken: String(body['access_token']),
})

async function rotateOnce(issuer: string, client: Client, token: string): Promise<Rotated> {
  const { status, body } = await refresh(issuer, client, token)
  if (status !== 200) throw new Error(`refresh: ${status} ${JSON.stringify(body)}`)
  return tokensOf(body)
}

async function requireExchange(issuer: string, accessToken: string): Promise<void> {
  const { status, body } = await exchange(issuer, accessToken)
  if (status !== 200) throw new Error(`exchange: ${status} ${JSON.stringify(body)}`)
}

/** As if the account had had more grants than its list holds. */
async function unlist(config: Config, options: { storeUrl: string; person: string }) {
  const store = await openStore({ url: options.storeUrl })
  await openAccess(config, store).unlist(options.person)
  await store.close()
}

/** The average of the two logins, which have two clients, two browsers and one person. */
function leftOf(size: StoreSize): StoreCost['left'] {
  const each = (thing: Thing): Size => {
    const logins = thing === 'account' ? 1 : 2
    const sizes = KINDS[thing].map((kind) => size[kind] ?? { records: 0, bytes: 0 })
    const sum = totalOf(Object.fromEntries(sizes.entries()))
    return { records: sum.records / logins, bytes: Math.round(sum.bytes / logins) }
  }
  return {
    account: each('account'),
    client: each('client'),
    grant: each('grant'),
    session: each('session'),
  }
}

/** Without codes, which expire within the minute. */
function totalOf(size: StoreSize): Size {
  const lasting = Object.entries(size).filter(([kind]) => kind !== 'code')
  return {
    records: lasting.reduce((sum, [, { records }]) => sum + records, 0),
    bytes: lasting.reduce((sum, [, { bytes }]) => sum + bytes, 0),
  }
}
