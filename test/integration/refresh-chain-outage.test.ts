// The store fails during a request: at each command in turn, before or after the command took effect. Other
// endpoints: endpoints-outage.test.ts. A real Redis under load: test/chaos/redis-outage.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { createAssertionKey } from '../support/assertion.ts'
import { type FailingStore, failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import {
  ADA,
  authorize,
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
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

const isAffected = ({ status }: TokenAnswer) => status >= 500

for (const failure of ['before', 'after'] as const) {
  test(`a refresh is a 503 and can be retried if the store fails ${failure} any of its commands`, async () => {
    const { client, tokens } = await logIn(server.issuer)
    let token = tokens['refresh_token']
    await failAtEachCommand(failing, failure, {
      prepare: async () => token,
      ask: () => refresh(server.issuer, client, token),
      isAffected,
      async check(answer, presented, when) {
        assertUnavailable(answer, when)
        const again = await refresh(server.issuer, client, presented)
        assert.equal(again.status, 200, when)
        token = again.body['refresh_token']
      },
    })
  })

  test(`a code exchange is a 503 and can be retried if the store fails ${failure} any of its commands`, async () => {
    const agent = createUserAgent()
    const { client } = await logIn(server.issuer, { agent })
    await failAtEachCommand(failing, failure, {
      async prepare() {
        const authorization = buildAuthorization(server.issuer, client)
        const answer = await authorize(authorization, { agent })
        return { answer, codeVerifier: authorization.codeVerifier }
      },
      ask: (parts) => redeem(server.issuer, client, parts),
      isAffected,
      async check(answer, parts, when) {
        assertUnavailable(answer, when)
        const again = await redeem(server.issuer, client, parts)
        assert.equal(again.status, 200, `${when}: ${JSON.stringify(again.body)}`)
      },
    })
    const isRevocation = (line: string) => JSON.parse(line).audit === 'grant_revoked'
    const audits = server.logLines.filter(isRevocation)
    assert.deepEqual(audits, [], 'no retry counts as reuse')
  })

  test(`an assertion is accepted once more if the store failed ${failure} any command of its request`, async () => {
    const key = await createAssertionKey()
    const client = await register(server.issuer, {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [key.publicKey] },
    })
    const sign = () => key.sign(client.client_id, server.issuer)
    const authorization = buildAuthorization(server.issuer, client)
    const answer = await authorize(authorization)
    const parts = { answer, codeVerifier: authorization.codeVerifier }
    const { body } = await redeem(server.issuer, client, parts, await sign())
    const ask = (assertion: Awaited<ReturnType<typeof sign>>) =>
      refresh(server.issuer, client, body['refresh_token'], assertion)
    await failAtEachCommand(failing, failure, {
      prepare: sign,
      ask,
      isAffected,
      async check(answer, assertion, when) {
        assertUnavailable(answer, when)
        assert.equal((await ask(assertion)).status, 200, when)
        assert.equal((await ask(assertion)).body['error'], 'invalid_client', when)
      },
    })
  })

  test(`a registration is a 503 if the store fails ${failure} its command`, async () => {
    failing.failAt(0, failure)
    const answer = await fetch(`${server.issuer}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://client.example.com/callback'] }),
    }).finally(() => failing.recover())
    const { status, headers } = answer
    assertUnavailable({ status, headers, body: (await answer.json()) as TokenAnswer['body'] }, '')
  })

  test(`a browser gets a 503 page and can continue if the store fails ${failure} any command`, async () => {
    const client = await register(server.issuer)
    await failAtEachCommand(failing, failure, {
      prepare: async () => createUserAgent(),
      ask: (agent) => walk(agent, agent.open(buildAuthorization(server.issuer, client).url)),
      async check(page, agent, when) {
        // The request may succeed: a failed cleanup does not fail it.
        if (page.status === 303 && isAnswer(REDIRECT_URI)(new URL(page.url))) return
        assert.equal(page.status, 503, when)
        assert.match(page.headers.get('retry-after') ?? '', /^\d+$/, when)
        assert.equal(page.headers.get('location'), null, `${when}: the error page delivers no code`)
        const before = agent.hops.length
        const { url } = await walk(agent, retry(agent, page))
        assert.match(new URL(url).search, /[?&]code=/, `${when}: ${url}`)
        const refused = agent.hops.slice(before).filter(({ status }) => status >= 400)
        assert.deepEqual(refused, [], when)
      },
    })
  })
}

/** Allows and signs in where asked, until it reaches the client or an error. */
async function walk(agent: UserAgent, opening: Promise<Page>): Promise<Page> {
  const until = isAnswer(REDIRECT_URI)
  for (let page = await opening; ; ) {
    const button = page.url.startsWith(server.issuer) ? /^Allow/ : { name: 'person', value: ADA }
    if (page.status !== 200 || until(new URL(page.url))) return page
    page = await agent.submit(page, { button, until })
  }
}

/** Retries as a person would: by the link on the page, or by reloading. */
function retry(agent: UserAgent, page: Page): Promise<Page> {
  const until = isAnswer(REDIRECT_URI)
  const link = parse(page.body).querySelector('a.primary')?.getAttribute('href')
  if (link !== undefined) return agent.open(new URL(link, page.url).href, { until })
  return agent.reload({ until })
}
