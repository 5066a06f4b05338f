// Many refreshes in flight over several replicas while access ends, and how long access then lasts.
import assert from 'node:assert/strict'
import defaults from '../../config/default.json' with { type: 'json' }
import { type Client, claimsOf, refresh } from './journey.ts'
import { send } from './send.ts'
import { waitUntil } from './wait-until.ts'

const IN_FLIGHT = 50
/** A refresh that was sent before the end is answered within this time. */
const ANSWERED_MS = 5000
const ACCESS_TOKEN_MS = defaults.lifetimes.accessTokenSeconds * 1000

/** What a client has; several loops refresh it at once. */
export interface HeldGrant {
  readonly client: Client
  current: string
  accessToken: string
}

export function holdGrant(client: Client, tokens: Readonly<Record<string, unknown>>): HeldGrant {
  return {
    client,
    current: String(tokens['refresh_token']),
    accessToken: String(tokens['access_token']),
  }
}

interface Refreshed {
  readonly sentAtMs: number
  readonly answeredAtMs: number
  readonly status: number
}

interface Lasted {
  readonly refreshes: number
  /** From the end to the last good answer; negative: before it. */
  readonly lastMs: number
}

/** Refreshes one after another until one fails. */
async function refreshUntilRefused(url: string, grant: HeldGrant, seen: Refreshed[]) {
  for (let status = 200; status === 200; ) {
    const sentAtMs = Date.now()
    const answer = await refresh(url, grant.client, grant.current)
    status = answer.status
    seen.push({ sentAtMs, answeredAtMs: Date.now(), status })
    if (status === 200) {
      grant.current = String(answer.body['refresh_token'])
      grant.accessToken = String(answer.body['access_token'])
    } else assert.equal(answer.body['error'], 'invalid_grant')
  }
}

async function isOpen(url: string, { accessToken }: HeldGrant): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await send(`${url}/userinfo`, { headers })).status === 200
}

async function assertDead(url: string, grant: HeldGrant): Promise<void> {
  assert.equal((await refresh(url, grant.client, grant.current)).status, 400)
  assert.equal(await isOpen(url, grant), false)
}

/**
 * @param options.end resolves when the kill switch has answered
 * @param options.noticedMs how long it may take until the server knows, if it has to ask; 0: it knows at the answer
 */
export async function assertEndsInFlight(options: {
  urls: readonly string[]
  grants: readonly HeldGrant[]
  /** Of somebody else, which stay. */
  others: readonly HeldGrant[]
  end: () => Promise<void>
  noticedMs?: number
}): Promise<Lasted> {
  const { urls, grants, noticedMs = 0 } = options
  const urlOf = (n: number) => urls[n % urls.length] ?? ''
  const seen: Refreshed[] = []
  const loops = Array.from({ length: IN_FLIGHT }, (_, n) => {
    const grant = grants[n % grants.length]
    assert.ok(grant)
    // Each grant is refreshed at each replica.
    return refreshUntilRefused(urlOf(Math.floor(n / grants.length)), grant, seen)
  })
  await waitUntil(() => seen.length >= IN_FLIGHT)
  assert.ok(seen.every(({ status }) => status === 200))
  await options.end()
  const endedAtMs = Date.now()
  if (noticedMs === 0) {
    // At once, on each replica, also with tokens that were handed out a moment ago.
    for (const grant of grants) for (const url of urls) await assertDead(url, grant)
  }
  await Promise.all(loops)
  const good = seen.filter(({ status }) => status === 200)
  const late = good.filter(({ sentAtMs }) => sentAtMs > endedAtMs + noticedMs)
  assert.deepEqual(late, [], 'sent after the end was known')
  const lastMs = Math.max(...good.map(({ answeredAtMs }) => answeredAtMs)) - endedAtMs
  assert.ok(lastMs < noticedMs + ANSWERED_MS, `${lastMs} ms`)
  for (const grant of grants) {
    // What those last answers gave is dead too, and MCP servers that ask nobody stop accepting it in minutes.
    for (const url of urls) await assertDead(url, grant)
    const expiresAtMs = Number(claimsOf(grant.accessToken)['exp']) * 1000
    assert.ok(expiresAtMs - (endedAtMs + Math.max(0, lastMs)) <= ACCESS_TOKEN_MS)
  }
  for (const grant of options.others) {
    assert.equal((await refresh(urlOf(1), grant.client, grant.current)).status, 200)
  }
  return { refreshes: seen.length, lastMs }
}
