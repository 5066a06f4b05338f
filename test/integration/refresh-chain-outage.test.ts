// The store goes away in the middle of a request, at every command in turn, done or not. With a real
// Redis under load: test/chaos/redis-outage.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { type FailingStore, failEverywhere, openFailingStore } from '../support/failing-store.ts'
import {
  approve,
  authorize,
  buildAuthorization,
  logIn,
  redeem,
  refresh,
  register,
  type TokenAnswer,
} from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let failing: FailingStore
let server: TestServer
before(async () => {
  failing = await openFailingStore()
  server = await startTestServer({ overrides: { store: failing.store } })
})
after(() => server.close())

function assertUnavailable({ status, headers, body }: TokenAnswer, when: string): void {
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'], when)
  assert.match(headers.get('retry-after') ?? '', /^\d+$/, when)
}

for (const failure of ['before', 'after'] as const) {
  test(`a refresh that fails ${failure} any of its commands is a 503, and goes on afterwards`, async () => {
    const { client, tokens } = await logIn(server.issuer)
    let token = tokens['refresh_token']
    await failEverywhere(failing, failure, {
      prepare: async () => token,
      ask: () => refresh(server.issuer, client, token),
      async check(answer, presented, when) {
        assertUnavailable(answer, when)
        const again = await refresh(server.issuer, client, presented)
        assert.equal(again.status, 200, when)
        token = again.body['refresh_token']
      },
    })
  })

  test(`a code exchange that fails ${failure} any of its commands is a 503`, async () => {
    const agent = createUserAgent()
    const { client } = await logIn(server.issuer, { agent })
    const outcomes: unknown[] = []
    await failEverywhere(failing, failure, {
      async prepare() {
        const authorization = buildAuthorization(server.issuer, client)
        const answer = await authorize(authorization, { agent })
        return { answer, codeVerifier: authorization.codeVerifier }
      },
      ask: (parts) => redeem(server.issuer, client, parts),
      async check(answer, parts, when) {
        assertUnavailable(answer, when)
        const again = await redeem(server.issuer, client, parts)
        outcomes.push(again.status === 200 ? 'good' : again.body['error'])
      },
    })
    // Good until it is spent, and then what a spent code is.
    assert.match(outcomes.join(' '), /^(good ?)+(invalid_grant ?)+$/)
  })

  test(`a registration that fails ${failure} its command is a 503`, async () => {
    failing.failAt(0, failure)
    const answer = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://client.example.com/callback'] }),
    }).finally(() => failing.recover())
    const { status, headers } = answer
    assertUnavailable({ status, headers, body: (await answer.json()) as TokenAnswer['body'] }, '')
  })

  test(`a browser whose store fails ${failure} any command is shown a page with status 503`, async () => {
    const client = await register(server.issuer)
    await failEverywhere(failing, failure, {
      prepare: async () => createUserAgent(),
      async ask(agent) {
        const page = await agent.open(buildAuthorization(server.issuer, client).url)
        // Stops with an error at the page of the outage.
        if (page.status === 200) await approve(agent, page).catch(() => {})
      },
      check(_answer, agent, when) {
        const failed = agent.hops.filter(({ status }) => status >= 400)
        assert.deepEqual(
          failed.map(({ status }) => status),
          [503],
          when,
        )
      },
    })
  })
}
