// Pushed authorization requests (RFC 9126). Refusals: pushed-requests-refused.test.ts.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { mockClock } from '../support/clock.ts'
import { createDpopKey } from '../support/dpop.ts'
import { failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import {
  ADA,
  approve,
  authorize,
  buildAuthorization,
  claimsOf,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { buildPushedRequestUrl, push, pushAuthorization } from '../support/par.ts'
import { jsonOf } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE } from '../support/server.ts'

const { server, client } = await openClientStage()

test('public and confidential clients get tokens by a pushed request, with state and iss in the response', async () => {
  for (const method of ['none', 'client_secret_post']) {
    const own = await register(server.issuer, { token_endpoint_auth_method: method })
    const pushed = await pushAuthorization(server.issuer, own, { scope: 'openid mcp:tools' })
    const answer = await authorize(pushed)
    assert.equal(answer.searchParams.get('state'), pushed.state)
    assert.equal(answer.searchParams.get('iss'), server.issuer)
    const { status, body } = await redeem(server.issuer, own, { answer, ...pushed })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((await refresh(server.issuer, own, body['refresh_token'])).status, 200)
  }
})

test('a push is answered with 201, a lifetime of 60 seconds and no-store', async () => {
  const answer = await push(server.issuer, buildAuthorization(server.issuer, client))
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { request_uri, expires_in } = jsonOf(answer)
  assert.match(String(request_uri), /^urn:ietf:params:oauth:request_uri:[\w-]{20,}$/)
  assert.equal(expires_in, 60)
})

test('resource and scope of a pushed request are read as leniently as those of a direct one', async () => {
  const parameters = { resource: 'HTTPS://MCP.example.com/mcp/', scope: '  openid  mcp:tools x' }
  for (const sent of [parameters, { scope: 'mcp:tools' }, {}]) {
    const pushed = await pushAuthorization(server.issuer, client, sent)
    const answer = await authorize(pushed)
    const { body } = await redeem(server.issuer, client, { answer, ...pushed })
    const claims = claimsOf(body['access_token'])
    assert.equal(claims['aud'], TEST_RESOURCE)
    assert.match(String(claims['scope']), /^(openid )?mcp:tools$/)
  }
})

test('parameters beside a request_uri are ignored (RFC 9126 §4)', async () => {
  const pushed = await pushAuthorization(server.issuer, client)
  const url = new URL(pushed.url)
  url.searchParams.set('scope', 'openid email mcp:tools')
  url.searchParams.set('resource', 'https://foreign.example/mcp')
  const answer = await authorize({ ...pushed, url: url.href })
  const { body } = await redeem(server.issuer, client, { answer, ...pushed })
  const { aud, scope } = claimsOf(body['access_token'])
  assert.deepEqual([aud, scope], [TEST_RESOURCE, 'mcp:tools'])
})

test('opening a pushed request several times does not consume its request_uri', async () => {
  const pushed = await pushAuthorization(server.issuer, client)
  await createUserAgent().open(pushed.url)
  const agent = createUserAgent()
  await agent.open(pushed.url)
  const page = await agent.open(pushed.url)
  assert.match((await approve(agent, page)).href, /[?&]code=/)
})

test('20 concurrent approvals of one request_uri yield one code', async () => {
  const pushed = await pushAuthorization(server.issuer, client)
  const open = async () => {
    const agent = createUserAgent()
    const consent = await agent.open(pushed.url)
    const until = isAnswer(REDIRECT_URI)
    return { agent, page: await agent.submit(consent, { button: /^Allow/, until }) }
  }
  const waiting = await Promise.all(Array.from({ length: 20 }, open))
  const answers = await Promise.all(
    waiting.map(({ agent, page }) =>
      agent.submit(page, {
        button: { name: 'person', value: ADA },
        until: isAnswer(REDIRECT_URI),
      }),
    ),
  )
  const queries = answers.map(({ url }) => new URL(url).searchParams)
  assert.equal(queries.filter((query) => query.has('code')).length, 1)
  const refused = queries.filter((query) => query.get('error') === 'invalid_request_uri')
  assert.equal(refused.length, 19)
})

test('a used request_uri is invalid_request_uri', async () => {
  const pushed = await pushAuthorization(server.issuer, client)
  await authorize(pushed)
  const agent = createUserAgent()
  const again = await agent.open(pushed.url, { until: isAnswer(REDIRECT_URI) })
  assert.equal(new URL(again.url).searchParams.get('error'), 'invalid_request_uri')
})

test('a request_uri can be opened for a minute, and an open page lasts as long as an interaction', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const own = await startTestServer({ overrides: { now: () => Date.now() } })
  try {
    const mine = await register(own.issuer)
    const pushed = await pushAuthorization(own.issuer, mine)
    const [first, second] = [createUserAgent(), createUserAgent()]
    const pages = [await first.open(pushed.url), await second.open(pushed.url)] as const
    mock.timers.tick(61_000)
    const late = await createUserAgent().open(pushed.url, { until: isAnswer(REDIRECT_URI) })
    assert.equal(new URL(late.url).searchParams.get('error'), 'invalid_request_uri')
    mock.timers.tick(1_700_000)
    assert.match((await approve(first, pages[0])).href, /[?&]code=/)
    mock.timers.tick(1_700_000)
    const spent = await approve(second, pages[1])
    assert.equal(spent.searchParams.get('error'), 'invalid_request_uri')
  } finally {
    mock.timers.reset()
    await own.close()
  }
})

test('RFC 9449 §10.1: a DPoP proof with a pushed request binds the code to its key', async () => {
  const key = await createDpopKey()
  const authorization = buildAuthorization(server.issuer, client)
  const dpop = await key.prove('POST', `${server.issuer}/par`)
  const answer = await push(server.issuer, authorization, client, { headers: { dpop } })
  const url = buildPushedRequestUrl(server.issuer, client.client_id, jsonOf(answer)['request_uri'])
  const parts = { answer: await authorize({ ...authorization, url }), ...authorization }
  const { body } = await redeem(server.issuer, client, parts)
  assert.equal(body['error'], 'invalid_grant')
})

test('an empty request_uri is ignored: scope and resource are checked as usual, direct and pushed', async () => {
  const parameters = { scope: 'openid mcp:tools crm:admin constructor', request_uri: '' }
  const direct = buildAuthorization(server.issuer, client, parameters)
  for (const asked of [direct, await pushAuthorization(server.issuer, client, parameters)]) {
    const page = await createUserAgent().open(asked.url)
    assert.equal(page.status, 200, page.title)
    assert.match(page.body, /mcp:tools/)
    assert.doesNotMatch(page.body, /crm:admin|constructor/)
  }
})

test('an authorization that failed after its request_uri expired can be retried', async () => {
  const clock = mockClock()
  const failing = await openFailingStore()
  const own = await startTestServer({ overrides: { store: failing.store } })
  try {
    const ours = await register(own.issuer)
    const until = isAnswer(REDIRECT_URI)
    await failAtEachCommand(failing, 'before', {
      async prepare() {
        const agent = createUserAgent()
        const { url } = await pushAuthorization(own.issuer, ours)
        const page = await agent.open(url)
        clock.advance(90)
        const resuming = ({ pathname }: URL) => pathname.startsWith('/authorize/')
        const atUpstream = await agent.submit(page, { button: /^Allow/ })
        const person = { name: 'person', value: ADA }
        const { url: resume } = await agent.submit(atUpstream, { button: person, until: resuming })
        return { agent, resume }
      },
      ask: ({ agent, resume }) => agent.open(resume, { until }),
      async check(page, { agent }, when) {
        if (page.status === 303) return
        assert.equal(page.status, 503, when)
        const answer = await agent.reload({ until })
        assert.match(new URL(answer.url).search, /[?&]code=/, `${when}: ${answer.title}`)
      },
    })
  } finally {
    await own.close()
    clock.restore()
  }
})
