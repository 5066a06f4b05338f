// Limits on the work that strangers cause within a time: requests, by their budget. The budget for
// documents: document-fetch-limits.test.ts; failures: failure-limits.test.ts; one limit for several processes:
// shared-limits.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { mockClock, type TestClock } from '../support/clock.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE } from '../support/exchange.ts'
import {
  authorize,
  buildAuthorization,
  logIn,
  REDIRECT_URI,
  refresh,
  register,
} from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { push } from '../support/par.ts'
import { type Answer, form, jsonOf, send } from '../support/send.ts'
import {
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
  type TestServerOptions,
} from '../support/server.ts'

let clock: TestClock
before(() => {
  clock = mockClock()
})
after(() => clock.restore())

type Limits = typeof AMPLE_LIMITS
type Budget = Exclude<keyof Limits, 'failure' | 'signIn'>

async function withLimits(
  limits: Partial<Limits>,
  use: (server: TestServer) => Promise<void>,
  options: TestServerOptions & { file?: object } = {},
): Promise<void> {
  const server = await startTestServer({
    ...options,
    env: { TRUSTED_PROXIES: 'loopback', ...options.env },
    file: { limits: { ...AMPLE_LIMITS, ...limits }, ...options.file },
  })
  await use(server).finally(() => server.close())
}

const from = (address: string) => ({ 'x-forwarded-for': address })
let sent = 0
/** Another address each time. */
const anyone = () => `198.51.${++sent >> 8}.${sent & 255}`

interface Sender {
  readonly budget: Budget
  readonly answered: number
  ask(server: TestServer, address: string): Promise<Answer>
}

const client = { client_id: 'reporting' }
const file = {
  clients: [{ ...client, client_name: 'Reporting', redirect_uris: [REDIRECT_URI] }],
}

const SENDERS: readonly Sender[] = [
  {
    budget: 'registration',
    answered: 201,
    ask: ({ issuer }, address) =>
      send(`${issuer}/register`, {
        headers: from(address),
        body: { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' },
      }),
  },
  {
    budget: 'pushedRequest',
    answered: 201,
    ask: ({ issuer }, address) =>
      push(issuer, buildAuthorization(issuer, client), client, { headers: from(address) }),
  },
  {
    budget: 'authorization',
    answered: 303,
    ask: ({ issuer }, address) =>
      send(buildAuthorization(issuer, client).url, { headers: from(address) }),
  },
]

function assertRefused(answer: Answer, message?: string): number {
  assert.equal(answer.status, 429, message ?? answer.raw)
  return Number(answer.headers.get('retry-after'))
}

for (const { budget, answered, ask } of SENDERS) {
  test(`${budget}: an address is refused beyond its limit, and others are not`, async () => {
    const limits = { [budget]: { perAddress: 3, total: 100, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        for (let n = 0; n < 3; n += 1) {
          assert.equal((await ask(server, '192.0.2.1')).status, answered)
        }
        clock.advance(20)
        const refused = await ask(server, '192.0.2.1')
        assert.equal(assertRefused(refused), 40)
        assert.equal(jsonOf(refused)['error'], 'too_many_requests')
        assert.equal((await ask(server, '192.0.2.2')).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: after Retry-After the address is answered again, and not before`, async () => {
    const limits = { [budget]: { perAddress: 1, total: 100, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        assert.equal((await ask(server, '192.0.2.1')).status, answered)
        const seconds = assertRefused(await ask(server, '192.0.2.1'))
        clock.advance(seconds - 1)
        assert.equal(assertRefused(await ask(server, '192.0.2.1')), 1)
        clock.advance(1)
        assert.equal((await ask(server, '192.0.2.1')).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: the addresses of one IPv6 /64 share a limit`, async () => {
    const limits = { [budget]: { perAddress: 2, total: 100, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        assert.equal((await ask(server, '2001:db8:0:1::1')).status, answered)
        assert.equal((await ask(server, '2001:db8:0:1:ffff::2')).status, answered)
        assertRefused(await ask(server, '2001:db8::1:0:0:0:3'))
        assert.equal((await ask(server, '2001:db8:0:2::1')).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: the networks of one IPv6 /48 share four times the limit`, async () => {
    const limits = { [budget]: { perAddress: 1, total: 100, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        for (let n = 0; n < 4; n += 1) {
          assert.equal((await ask(server, `2001:db8:0:${n}::1`)).status, answered)
        }
        assertRefused(await ask(server, '2001:db8:0:4::1'))
        assert.equal((await ask(server, '2001:db8:1:4::1')).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: beyond the total everyone is refused, until Retry-After is over`, async () => {
    const limits = { [budget]: { perAddress: 100, total: 3, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        for (let n = 0; n < 3; n += 1) {
          assert.equal((await ask(server, anyone())).status, answered)
        }
        const seconds = assertRefused(await ask(server, anyone()))
        assert.equal(assertRefused(await ask(server, anyone())), seconds)
        const warnings = server.logLines.filter((line) => line.includes('total of a rate limit'))
        assert.equal(warnings.length, 1)
        assert.equal(JSON.parse(warnings[0] ?? '')['budget'], budget)
        clock.advance(seconds)
        assert.equal((await ask(server, anyone())).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: refused requests of one address do not spend the total`, async () => {
    const limits = { [budget]: { perAddress: 2, total: 4, seconds: 60 } }
    await withLimits(
      limits,
      async (server) => {
        for (let n = 0; n < 10; n += 1) await ask(server, '192.0.2.1')
        assert.equal((await ask(server, anyone())).status, answered)
      },
      { file },
    )
  })

  test(`${budget}: shared egress lifts the limit of an address, and not the total`, async () => {
    const limits = { [budget]: { perAddress: 1, total: 5, seconds: 60 } }
    const sharedEgress = { ours: { asOf: '2026-11-01', ranges: ['192.0.2.0/24', '2001:db8::/32'] } }
    await withLimits(
      limits,
      async (server) => {
        for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::1']) {
          assert.equal((await ask(server, address)).status, answered, address)
        }
        // Anthropic's are in config/default.json.
        assert.equal((await ask(server, '160.79.104.10')).status, answered)
        assertRefused(await ask(server, '192.0.2.1'))
        clock.advance(60)
        assert.equal((await ask(server, '203.0.113.1')).status, answered)
        assertRefused(await ask(server, '203.0.113.1'))
        for (let n = 0; n < 2; n += 1) {
          assert.equal((await ask(server, '160.79.104.10')).status, answered)
        }
      },
      { file: { ...file, sharedEgress } },
    )
  })
}

test('the connections of one address share a limit and have one address in the log, if the proxy adds ports', async () => {
  await withLimits(
    { authorization: { perAddress: 1, total: 100, seconds: 60 } },
    async (server) => {
      const { url } = buildAuthorization(server.issuer, client)
      const open = (address: string) => send(url, { headers: from(address) })
      assert.equal((await open('192.0.2.1:1000')).status, 303)
      assertRefused(await open('192.0.2.1:1001'))
      assert.equal((await open('[2001:db8::1]:1000')).status, 303)
      assertRefused(await open('[2001:db8::1]:1001'))
      for (const port of ['1000', '1001']) {
        assert.equal((await open(`160.79.104.10:${port}`)).status, 303, 'shared egress')
      }
      const requests = server.logLines.map((line) => JSON.parse(line))
      const addresses = requests.filter(({ msg }) => msg === 'request').map((one) => one.address)
      assert.deepEqual([...new Set(addresses)], ['192.0.2.1', '2001:db8::1', '160.79.104.10'])
    },
    { file },
  )
})

test('requests that leave nothing do not spend a total', async () => {
  const limit = { perAddress: 100, total: 2, seconds: 60 }
  const limits = { registration: limit, pushedRequest: limit, authorization: limit }
  await withLimits(
    limits,
    async (server) => {
      const { issuer } = server
      const nothing: readonly [string, Parameters<typeof send>[1]][] = [
        ['/authorize', {}],
        ['/authorize?client_id=unknown', {}],
        [
          buildAuthorization(issuer, client, { code_challenge: undefined }).url.slice(
            issuer.length,
          ),
          {},
        ],
        ['/par', { body: form({ client_id: 'unknown' }) }],
        ['/par', { body: form({ client_id: client.client_id }) }],
        ['/register', { body: { redirect_uris: ['javascript:alert(1)'] } }],
        ['/register', { method: 'GET' }],
      ]
      for (const [path, options] of nothing) {
        for (let n = 0; n < 4; n += 1) {
          const { status } = await send(`${issuer}${path}`, options)
          assert.ok(status !== 201 && status !== 429, `${path} ${status}`)
        }
      }
      for (const { ask, answered, budget } of SENDERS) {
        assert.equal((await ask(server, anyone())).status, answered, budget)
      }
    },
    { file },
  )
})

test('a wrong initial access token does not keep out the right one', async () => {
  const limits = { registration: { perAddress: 100, total: 2, seconds: 60 } }
  const options = {
    env: { REGISTRATION_TOKEN: 'the-right-token-of-the-operator' },
    file: { registration: { mode: 'token' } },
  }
  await withLimits(
    limits,
    async ({ issuer }) => {
      const ask = (token: string) =>
        send(`${issuer}/register`, {
          headers: { authorization: `Bearer ${token}` },
          body: { redirect_uris: [REDIRECT_URI] },
        })
      for (let n = 0; n < 5; n += 1) assert.equal((await ask('wrong')).status, 401)
      assert.equal((await ask(options.env.REGISTRATION_TOKEN)).status, 201)
    },
    options,
  )
})

test('approvals and upstream responses of an address are limited, and a spent total stops neither', async () => {
  const limits = {
    signIn: { perAddress: 4, seconds: 60 },
    authorization: { perAddress: 10, total: 1, seconds: 60 },
  }
  await withLimits(
    limits,
    async ({ issuer }) => {
      const first = await authorize(buildAuthorization(issuer, client))
      assert.ok(first.searchParams.get('code'))
      const callback = () => send(`${issuer}/callback?state=unknown`)
      for (let n = 0; n < 2; n += 1) assert.equal((await callback()).status, 400)
      assertRefused(await callback())
      assertRefused(await send(`${issuer}/interaction/x/approve`, { body: form({}) }))
    },
    { file },
  )
})

test('sign-ins that begin at /account and /connect spend the total, and the limit of their address', async () => {
  const pages = [
    { path: '/account', button: /^Sign in/ },
    { path: `/connect?${new URLSearchParams({ resource: TEST_RESOURCE })}`, button: /^Connect/ },
  ]
  for (const [perAddress, total] of [
    [100, 3],
    [3, 100],
  ] as const) {
    await withLimits(
      { authorization: { perAddress, total, seconds: 60 } },
      async (server) => {
        const { issuer, upstreamIssuer } = server
        const until = (url: URL) => url.origin === upstreamIssuer
        const begin = async (n: number) => {
          const { path, button } = pages[n % 2] ?? assert.fail()
          const agent = createUserAgent()
          return agent.submit(await agent.open(issuer + path), { button, until })
        }
        // Opening a page begins nothing.
        for (let n = 0; n < 4; n += 1) await createUserAgent().open(`${issuer}/account`)
        for (let n = 0; n < 3; n += 1) assert.ok((await begin(n)).url.startsWith(upstreamIssuer))
        for (let n = 0; n < 2; n += 1) {
          const refused = await begin(n)
          assert.equal(refused.status, 429, pages[n]?.path)
          assert.ok(Number(refused.headers.get('retry-after')) > 0)
        }
        clock.advance(60)
        assert.ok((await begin(0)).url.startsWith(upstreamIssuer))
      },
      { env: EXCHANGE_ENV, file: EXCHANGE_FILE },
    )
  }
})

test('a request with a wrong method spends no limit', async () => {
  await withLimits({ registration: { perAddress: 1, total: 1, seconds: 60 } }, async (server) => {
    for (let n = 0; n < 3; n += 1) {
      assert.equal((await send(`${server.issuer}/register`, { method: 'GET' })).status, 405)
    }
    assert.ok((await register(server.issuer)).client_id)
  })
})

test('the store learns no address', async () => {
  const keys: string[] = []
  const memory = await openStore({ url: 'memory:' })
  const createLimiter: Store['createLimiter'] =
    ({ prefix }) =>
    async (key) => {
      keys.push(`${prefix}:${key}`)
      return undefined
    }
  const store = { ...memory, createLimiter }
  const limits = { authorization: { perAddress: 1, total: 1, seconds: 60 } }
  await withLimits(
    limits,
    async ({ issuer }) => {
      const { url } = buildAuthorization(issuer, client)
      for (const address of ['192.0.2.7', '2001:db8::7'])
        await send(url, { headers: from(address) })
    },
    { file, overrides: { store } },
  )
  assert.ok(keys.length >= 4, String(keys))
  for (const key of keys) assert.match(key, /^[\w-]+:limit:authorization-\w+:([\w-]{43}|all)$/)
})

test('a person gets a page, and a browser-based client can read the refusal', async () => {
  const one = { perAddress: 1, total: 10, seconds: 60 }
  await withLimits(
    { registration: one, authorization: one },
    async (server) => {
      const { url } = buildAuthorization(server.issuer, client)
      const headers = { accept: 'text/html' }
      assert.equal((await send(url, { headers })).status, 303)
      const page = await send(url, { headers: { ...headers, 'accept-language': 'de' } })
      assertRefused(page)
      assert.match(page.headers.get('content-type') ?? '', /text\/html/)
      assert.match(page.body, /Zu viele Anfragen/)
      const body = { redirect_uris: [REDIRECT_URI] }
      const origin = { origin: 'https://inspector.example' }
      await send(`${server.issuer}/register`, { body })
      const refused = await send(`${server.issuer}/register`, { body, headers: origin })
      assertRefused(refused)
      assert.equal(refused.headers.get('access-control-allow-origin'), '*')
      assert.match(refused.headers.get('access-control-expose-headers') ?? '', /Retry-After/)
    },
    { file },
  )
})

test('a whole journey and its refreshes fit into limits of one request each', async () => {
  const one = { perAddress: 1, total: 1, seconds: 60 }
  const limits = {
    registration: one,
    authorization: one,
    failure: { perClientAndAddress: 1, seconds: 60 },
  }
  await withLimits(limits, async ({ issuer }) => {
    const { client, tokens } = await logIn(issuer)
    let token = tokens['refresh_token']
    for (let n = 0; n < 10; n += 1) {
      const { status, body } = await refresh(issuer, client, token)
      assert.equal(status, 200)
      token = body['refresh_token']
    }
  })
})

test('registrations are counted while a limit for other requests is spent', async () => {
  await withLimits({ authorization: { perAddress: 1, total: 1, seconds: 60 } }, async (server) => {
    const registered = await register(server.issuer)
    const { url } = buildAuthorization(server.issuer, registered)
    await send(url)
    assertRefused(await send(url))
    assert.ok((await register(server.issuer)).client_id)
  })
})
