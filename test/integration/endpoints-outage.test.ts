// Every endpoint that needs the store answers 503 while the store is down, and works again afterwards.
// refresh-chain-outage.test.ts covers the token endpoint.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import {
  ADA,
  approve,
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  refresh,
} from '../support/journey.ts'
import { push } from '../support/par.ts'
import { type Answer, basic, form, jsonOf, send } from '../support/send.ts'
import { TEST_RESOURCE } from '../support/server.ts'

type ErrorResponse = Pick<Answer, 'status' | 'headers' | 'body'>

/** A request that meets a store failure. Each failure gets a new request. */
interface Request {
  ask(): Promise<ErrorResponse>
  /** Asserts that the request succeeds with the store back. @param when for messages */
  assertRecovers(when: string): Promise<void>
}

const SECRET = 'a-resource-server-with-a-secret'
const failing = await openFailingStore()
const { server, client } = await openClientStage({
  env: { RESOURCES: '', SECRET },
  file: {
    resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'SECRET' }],
    clients: [{ client_id: 'configured', client_name: 'Ours', redirect_uris: [REDIRECT_URI] }],
  },
  overrides: { store: failing.store },
})

const obtain = async () =>
  (await logIn(server.issuer, { parameters: { scope: 'openid mcp:tools' } })).tokens

const clientRequests: Record<string, () => Promise<Request>> = {
  async '/revoke'() {
    const { client, tokens } = await logIn(server.issuer)
    const token = String(tokens['refresh_token'])
    const body = form({ token, client_id: client.client_id })
    const ask = () => send(`${server.issuer}/revoke`, { body })
    return {
      ask,
      async assertRecovers(when) {
        assert.equal((await ask()).status, 200, when)
        assert.equal((await refresh(server.issuer, client, token)).body['error'], 'invalid_grant')
      },
    }
  },
  async '/introspect'() {
    const body = form({ token: String((await obtain())['access_token']) })
    const headers = { authorization: basic(TEST_RESOURCE, SECRET) }
    const ask = () => send(`${server.issuer}/introspect`, { headers, body })
    return {
      ask,
      assertRecovers: async (when) => assert.equal(jsonOf(await ask())['active'], true, when),
    }
  },
  async '/userinfo'() {
    const headers = { authorization: `Bearer ${(await obtain())['access_token']}` }
    const ask = () => send(`${server.issuer}/userinfo`, { headers })
    return {
      ask,
      assertRecovers: async (when) => assert.equal(jsonOf(await ask())['sub'], ADA, when),
    }
  },
  async '/par'() {
    const authorization = buildAuthorization(server.issuer, client)
    const ask = () => push(server.issuer, authorization)
    return { ask, assertRecovers: async (when) => assert.equal((await ask()).status, 201, when) }
  },
}

const until = isAnswer(REDIRECT_URI)
/** Stops after one request, so that a redirect is the response. */
const noFurther = () => true

async function openConsent() {
  const agent = createUserAgent()
  const consent = await agent.open(buildAuthorization(server.issuer, client).url)
  /** The person opens the consent page again and approves. */
  const assertRecovers = async (when: string) => {
    const answer = await approve(agent, await agent.open(consent.url))
    assert.ok(answer.searchParams.get('code'), when)
  }
  return { agent, consent, assertRecovers }
}

const personRequests: Record<string, () => Promise<Request>> = {
  async 'GET /interaction/:uid'() {
    const { agent, consent, assertRecovers } = await openConsent()
    return { ask: () => agent.open(consent.url), assertRecovers }
  },
  async 'POST /interaction/:uid/approve'() {
    const { agent, consent } = await openConsent()
    const button = /^Allow/
    return {
      ask: () => agent.submit(consent, { button, until: noFurther }),
      assertRecovers: async (when) =>
        assert.ok((await approve(agent, consent)).searchParams.has('code'), when),
    }
  },
  async 'POST /interaction/:uid/deny'() {
    const { agent, consent } = await openConsent()
    const button = /^Deny/
    return {
      ask: () => agent.submit(consent, { button, until: noFurther }),
      async assertRecovers(when) {
        const { url } = await agent.submit(consent, { button, until })
        assert.equal(new URL(url).searchParams.get('error'), 'access_denied', when)
      },
    }
  },
  // The server knows this client and its redirect URI without the store.
  async '/authorize of a signed-in browser, for a configured client, without redirect_uri'() {
    const agent = createUserAgent()
    await logIn(server.issuer, { agent })
    const configured = { client_id: 'configured' }
    const asked = buildAuthorization(server.issuer, configured, { redirect_uri: undefined })
    const ask = () => agent.open(asked.url, { until: noFurther })
    return { ask, assertRecovers: async (when) => assert.equal((await ask()).status, 303, when) }
  },
  async '/callback'() {
    const { agent, consent, assertRecovers } = await openConsent()
    const upstream = await agent.submit(consent, { button: /^Allow/ })
    const person = { name: 'person', value: ADA }
    const isCallback = (url: URL) => url.pathname === '/callback'
    const { url } = await agent.submit(upstream, { button: person, until: isCallback })
    return { ask: () => agent.open(url, { until: noFurther }), assertRecovers }
  },
}

function assertUnavailable({ status, headers }: ErrorResponse, when: string): void {
  assert.equal(status, 503, when)
  assert.match(headers.get('retry-after') ?? '', /^\d+$/, when)
}

for (const failure of ['before', 'after'] as const) {
  for (const [name, prepare] of Object.entries(clientRequests)) {
    test(`${name} answers 503 if the store fails ${failure} any command, and works afterwards`, async () => {
      await failAtEachCommand(failing, failure, {
        prepare,
        ask: ({ ask }) => ask(),
        async check(answer, { assertRecovers }, when) {
          assertUnavailable(answer, when)
          assert.equal(JSON.parse(answer.body).error, 'temporarily_unavailable', when)
          await assertRecovers(when)
        },
      })
    })
  }

  for (const [name, prepare] of Object.entries(personRequests)) {
    test(`${name} shows an error page if the store fails ${failure} any command, and works afterwards`, async () => {
      await failAtEachCommand(failing, failure, {
        prepare,
        ask: ({ ask }) => ask(),
        async check(answer, { assertRecovers }, when) {
          assertUnavailable(answer, when)
          assertErrorPage(answer, server, when)
          assert.match(answer.body, /cannot reach its storage/, when)
          await assertRecovers(when)
        },
      })
    })
  }
}
