// A server that is full refuses what comes on top at once, and nothing of it is half done.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HeldStore, openHeldStore } from '../support/held-store.ts'
import {
  buildAuthorization,
  type Client,
  logIn,
  refresh,
  register,
  type TokenAnswer,
} from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const MAX_REQUESTS = 4

interface Stage {
  readonly server: TestServer
  readonly held: HeldStore
  /** Clients with a refresh token each, one more than there are places. */
  readonly sessions: readonly { client: Client; tokens: Record<string, unknown> }[]
}

async function start(t: TestContext): Promise<Stage> {
  const held = await openHeldStore()
  const file = { connections: { maxRequests: MAX_REQUESTS } }
  const server = await startTestServer({ file, overrides: { store: held.store } })
  t.after(() => server.close())
  const sessions = []
  for (let n = 0; n <= MAX_REQUESTS; n++) sessions.push(await logIn(server.issuer))
  return { server, held, sessions }
}

/** Refreshes that wait for the store. */
async function fill({ server, held, sessions }: Stage, count: number) {
  const waiting: { answer: Promise<TokenAnswer>; release(): Promise<void> }[] = []
  for (const { client, tokens } of sessions.slice(0, count)) {
    const command = held.holdRead('refresh-family')
    const answer = refresh(server.issuer, client, tokens['refresh_token'])
    await command.sent
    waiting.push({ answer, release: command.release })
  }
  return {
    /** @returns the statuses of the refreshes */
    async release() {
      await Promise.all(waiting.map((one) => one.release()))
      return Promise.all(waiting.map(async ({ answer }) => (await answer).status))
    },
  }
}

test('a refresh on top is refused within 100 ms, and its token works afterwards', async (t) => {
  const stage = await start(t)
  const { server } = stage
  const { client, tokens } = stage.sessions.at(-1) ?? assert.fail()
  const full = await fill(stage, MAX_REQUESTS)
  const startedAtMs = performance.now()
  const refused = await refresh(server.issuer, client, tokens['refresh_token'])
  const tookMs = performance.now() - startedAtMs
  assert.equal(refused.status, 503)
  assert.equal(refused.body['error'], 'temporarily_unavailable')
  const retryAfter = Number(refused.headers.get('retry-after'))
  assert.ok(retryAfter >= 1 && retryAfter <= 5, `Retry-After: ${retryAfter}`)
  assert.ok(tookMs < 100, `${tookMs} ms`)
  assert.deepEqual(await full.release(), [200, 200, 200, 200])
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
})

test('health, metadata, keys and pages that do not exist are answered however full the server is', async (t) => {
  const stage = await start(t)
  const full = await fill(stage, MAX_REQUESTS)
  const { issuer } = stage.server
  for (const path of ['/livez', '/readyz', '/jwks', '/.well-known/openid-configuration']) {
    assert.equal((await send(issuer + path)).status, 200, path)
    assert.equal((await send(`${issuer}${path}?x`)).status, 200, path)
  }
  assert.equal((await send(`${issuer}/nothing-here`)).status, 404)
  await full.release()
})

test('a full server refuses new sign-ins first, then those that have begun, and refreshes last', async (t) => {
  const stage = await start(t)
  const { issuer } = stage.server
  const client = await register(issuer)
  const { url } = buildAuthorization(issuer, client)
  const consentPage = (await send(url)).headers.get('location') ?? ''
  const statuses = async () => [
    (await send(url)).status,
    (await send(new URL(consentPage, issuer))).status,
  ]
  // Of the interaction that belongs to no browser: it is admitted, and then refused.
  const admitted = [303, 400]
  assert.deepEqual(await statuses(), admitted)
  const half = await fill(stage, MAX_REQUESTS / 2)
  assert.deepEqual(await statuses(), [503, 400])
  await half.release()
  const most = await fill({ ...stage, sessions: stage.sessions.slice(2) }, MAX_REQUESTS - 1)
  assert.deepEqual(await statuses(), [503, 503])
  await most.release()
  assert.deepEqual(await statuses(), admitted)
})

test('a person who is refused gets a page that says what to do', async (t) => {
  const stage = await start(t)
  const { issuer } = stage.server
  const { url } = buildAuthorization(issuer, stage.sessions[0]?.client ?? assert.fail())
  const full = await fill(stage, MAX_REQUESTS)
  const page = await send(url, { headers: { accept: 'text/html' } })
  await full.release()
  assert.equal(page.status, 503)
  assert.match(page.body, /too many requests at the moment\. Nothing is lost\./)
  assert.match(page.body, /Try again in a few seconds\./)
})

test('senders whose bodies arrive slowly take no place from others', async (t) => {
  const { server, sessions } = await start(t)
  const { client, tokens } = sessions[0] ?? assert.fail()
  const slow = Array.from({ length: MAX_REQUESTS }, () => {
    const outgoing = request(`${server.issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1000' },
    })
    outgoing.on('error', () => {})
    outgoing.write('grant_type=')
    return outgoing
  })
  await sleep(50)
  const early = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(early.status, 503, 'control: they take a place at first')
  await sleep(150)
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
  for (const outgoing of slow) outgoing.destroy()
})

test('the log has one line when refusals begin', async (t) => {
  const stage = await start(t)
  const { client, tokens } = stage.sessions.at(-1) ?? assert.fail()
  const full = await fill(stage, MAX_REQUESTS)
  for (let n = 0; n < 3; n++) await refresh(stage.server.issuer, client, tokens['refresh_token'])
  await full.release()
  const lines = stage.server.logLines.map((line) => JSON.parse(line))
  const begun = lines.filter(({ msg }) => msg.startsWith('requests are refused'))
  assert.deepEqual(
    begun.map(({ level, maxRequests }) => ({ level, maxRequests })),
    [{ level: 'warn', maxRequests: MAX_REQUESTS }],
  )
})

test('a refusal is the same whatever way the request takes, and is logged like any other response', async (t) => {
  const stage = await start(t)
  const { issuer, logLines } = stage.server
  const full = await fill(stage, MAX_REQUESTS)
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' })
  const [quick, whole] = [
    await send(`${issuer}/token`, { method: 'POST', body }),
    await send(`${issuer}/token?x`, { method: 'POST', body }),
  ]
  await full.release()
  const changing = ['date', 'x-request-id', 'retry-after']
  const comparable = ({ status, headers, body: text }: typeof quick) => ({
    status,
    text,
    headers: Object.fromEntries([...headers].filter(([name]) => !changing.includes(name))),
  })
  assert.deepEqual(comparable(quick), comparable(whole))
  const loggedAs = ({ headers }: typeof quick) => {
    const id = headers.get('x-request-id') ?? 'none'
    const line = JSON.parse(logLines.find((one) => one.includes(id)) ?? '{}')
    const { level, status, route, error, detail, address } = line
    return { level, status, route, error, detail, address }
  }
  assert.deepEqual(loggedAs(quick), {
    // Not an error each: one warning says that requests are refused.
    level: 'info',
    status: 503,
    route: '/token',
    error: 'temporarily_unavailable',
    detail: 'overloaded',
    address: '127.0.0.1',
  })
  assert.deepEqual(loggedAs(whole), loggedAs(quick))
})
