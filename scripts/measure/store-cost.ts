// What the server costs its Redis, counted between the two: commands and round trips of a refresh and of
// a whole journey, and the bytes that each leaves behind.
import { randomBytes } from 'node:crypto'
import {
  authorize,
  buildAuthorization,
  type Client,
  redeem,
  refresh,
  register,
} from '../../test/support/journey.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startTestServer } from '../../test/support/server.ts'
import { measureRedis, type Size, type StoreSize } from '../../test/support/store-size.ts'
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts'

export interface Cost {
  readonly commands: number
  readonly roundTrips: number
}

export interface StoreCost {
  /** Register, authorize, consent, login, code, token. */
  readonly journey: Cost
  /** With a client that this process has not seen, and with one that it has. */
  readonly refresh: Cost
  readonly refreshOfCachedClient: Cost
  readonly lateRefresh: Cost
  /** In Redis, of one of each. A grant is with its refresh tokens, as big as they get, and its approval. */
  readonly left: Readonly<Record<Thing, Size>>
  /** Of everything, from the 20th rotation to the last. */
  readonly grownRecords: number
  readonly grownBytes: number
  readonly rotations: number
}

/** What a login leaves, and the kinds of its records. */
const KINDS = {
  account: ['account'],
  client: ['client'],
  grant: ['grant', 'refresh-family', 'approval'],
  session: ['session', 'session-uid'],
} as const
type Thing = keyof typeof KINDS

const SCOPE = 'openid profile email mcp:tools'
/** The rule remembers the last 16 tokens: a family is as big as it gets after as many rotations. */
const WARM_ROTATIONS = 20

export async function measureStoreCost(options: {
  rotations: number
  /** CONSENT; with `remember` the redirect URI is one that is remembered. */
  consent: 'always' | 'remember'
}): Promise<StoreCost> {
  const redis = await startRedis()
  const proxy = await startTcpProxy(redis)
  const env = {
    STORE_URL: proxy.url,
    SESSION_SECRET: randomBytes(48).toString('base64url'),
    CONSENT: options.consent,
  }
  const file = { consent: { rememberLoopback: true } }
  const first = await startTestServer({ env, file })
  // Another process has no client in its cache.
  const second = await startTestServer({ env, file })
  try {
    // The first command of its kind brings the script to Redis.
    await walk(first.issuer, 'Warm-up', WARM_ROTATIONS)

    let walked: Walked | undefined
    const journey = await count(proxy, async () => {
      walked = await walk(first.issuer, 'Measured', 0)
    })
    if (!walked) throw new Error('no journey')
    let { client, token } = walked as Walked
    const rotate = async (issuer: string): Promise<void> => {
      token = await rotateOnce(issuer, client, token)
    }
    const uncached = await count(proxy, () => rotate(second.issuer))
    const cached = await count(proxy, () => rotate(second.issuer))
    for (let n = 2; n < WARM_ROTATIONS; n += 1) await rotate(first.issuer)
    const size = await measureRedis(redis.url)
    const before = totalOf(size)
    for (let n = 0; n < options.rotations; n += 1) await rotate(first.issuer)
    const after = totalOf(await measureRedis(redis.url))
    return {
      journey,
      refresh: uncached,
      refreshOfCachedClient: cached,
      lateRefresh: await count(proxy, () => rotate(first.issuer)),
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

async function count(proxy: TcpProxy, work: () => Promise<void>): Promise<Cost> {
  proxy.reset()
  await work()
  return { commands: proxy.commands.length, roundTrips: proxy.roundTrips }
}

interface Walked {
  client: Client
  token: string
}

async function walk(issuer: string, name: string, refreshes: number): Promise<Walked> {
  const client = await register(issuer, { client_name: name })
  const authorization = buildAuthorization(issuer, client, { scope: SCOPE })
  const answer = await authorize(authorization)
  const { codeVerifier } = authorization
  const { status, body } = await redeem(issuer, client, { answer, codeVerifier })
  if (status !== 200) throw new Error(`token request: ${status}`)
  let token = String(body['refresh_token'])
  for (let n = 0; n < refreshes; n += 1) token = await rotateOnce(issuer, client, token)
  return { client, token }
}

async function rotateOnce(issuer: string, client: Client, token: string): Promise<string> {
  const { status, body } = await refresh(issuer, client, token)
  if (status !== 200) throw new Error(`refresh: ${status} ${JSON.stringify(body)}`)
  return String(body['refresh_token'])
}

/** On the average of the logins: two clients, two browsers, one person. */
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

/** Without what goes by itself within the minute: codes. */
function totalOf(size: StoreSize): Size {
  const lasting = Object.entries(size).filter(([kind]) => kind !== 'code')
  return {
    records: lasting.reduce((sum, [, { records }]) => sum + records, 0),
    bytes: lasting.reduce((sum, [, { bytes }]) => sum + bytes, 0),
  }
}
