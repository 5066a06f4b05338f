// A request has a deadline of its own, in case each store call is in time but all of them together are not.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { assertErrorPage } from '../support/error-page.ts'
import {
  approve,
  authorize,
  buildAuthorization,
  isAnswer,
  logIn,
  REDIRECT_URI,
  redeem,
} from '../support/journey.ts'
import { startRedis } from '../support/redis.ts'
import { startTestServer } from '../support/server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const LONGEST_MS = 10_000
/** Less than the deadline of one call. Four such calls take longer than a request may. */
const DELAY_MS = 2600
/** With the first, the deadline falls on the engine's last writes; with the second, before them. */
const SLOW_MS = [1080, 1500]
const LATE_MS = 6000

/** The outcome of `work`, and how long it took. */
async function time<T>(work: Promise<T>): Promise<{ outcome: T; tookMs: number }> {
  const startedAtMs = performance.now()
  return { outcome: await work, tookMs: performance.now() - startedAtMs }
}

/** A server whose connection to the store can be slowed down. */
async function open(t: TestContext) {
  const redis = await startRedis()
  t.after(redis.stop)
  const proxy = await startTcpProxy(redis)
  t.after(proxy.close)
  const server = await startTestServer({ env: { STORE_URL: proxy.url } })
  t.after(server.close)
  return { server, proxy }
}

describe('a slow store that meets the deadline of each call', { concurrency: true }, () => {
  test('a request to a slow store ends within 10 s, with JSON for a client and a page for a browser', async (t) => {
    const { server, proxy } = await open(t)
    const { issuer, logLines } = server
    const agent = createUserAgent()
    const { client } = await logIn(issuer, { agent })
    const authorization = buildAuthorization(issuer, client)
    const { codeVerifier } = authorization
    const code = { answer: await authorize(authorization, { agent }), codeVerifier }
    const consent = await agent.open(buildAuthorization(issuer, client).url)

    proxy.delayMs = DELAY_MS
    const [asked, opened] = await Promise.all([
      time(redeem(issuer, client, code)),
      time(agent.open(consent.url)),
    ])
    proxy.delayMs = 0

    const { status, headers, body } = asked.outcome
    assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    const page = opened.outcome
    assert.equal(page.status, 503)
    assertErrorPage(page, server)
    for (const answered of [asked, opened]) {
      assert.match(answered.outcome.headers.get('retry-after') ?? '', /^\d+$/)
      assert.ok(answered.tookMs < LONGEST_MS, `${answered.tookMs} ms`)
    }
    // Any other code would mean that a store call timed out, not the request.
    const errors = logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['overdue', 'overdue'],
    )

    assert.equal((await redeem(issuer, client, code)).status, 200)
    const answer = await approve(agent, await agent.open(consent.url))
    assert.ok(answer.searchParams.get('code'))
  })

  for (const slowMs of SLOW_MS) {
    test(`a sign-in whose last step timed out succeeds on retry, and the person stays signed in: ${slowMs} ms`, async (t) => {
      const { server, proxy } = await open(t)
      const { issuer } = server
      const agent = createUserAgent()
      const { client } = await logIn(issuer, { agent })
      const until = isAnswer(REDIRECT_URI)
      const consent = await agent.open(buildAuthorization(issuer, client).url)
      const resuming = ({ pathname }: URL) => pathname.startsWith('/authorize/')
      const { url } = await agent.submit(consent, { button: /^Allow/, until: resuming })

      proxy.delayMs = slowMs
      const late = await agent.open(url, { until })
      assert.equal(late.status, 503)
      for (const name of ['set-cookie', 'location'])
        assert.equal(late.headers.get(name), null, name)
      // The work that the request started still runs to its end.
      await sleep(LATE_MS)
      proxy.delayMs = 0

      const answer = await agent.open(url, { until })
      assert.match(new URL(answer.url).search, /[?&]code=/, answer.title)
      const silent = buildAuthorization(issuer, client, { prompt: 'none' }).url
      const { search } = new URL((await agent.open(silent, { until })).url)
      assert.match(search, /error=consent_required/, 'the person is signed in')
    })
  }
})
