// After every upstream fault, the person can go on and the client gets an OAuth error. Faults:
// upstream-fault-table.ts. Longer outages: upstream-faults-outage.test.ts.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'
import { parse } from 'node-html-parser'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { startFaultyUpstream, UPSTREAM_PERSON, UPSTREAM_TEXT } from '../support/faulty-upstream.ts'
import {
  type Authorization,
  buildAuthorization,
  type Client,
  isAnswer,
  REDIRECT_URI,
  redeem,
  register,
} from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import {
  FAULT_CASES,
  type FaultCase,
  KEPT_KINDS,
  OUTCOMES,
  type Outcome,
  renderFaultTable,
} from './upstream-fault-table.ts'

const until = isAnswer(REDIRECT_URI)
const LONGEST_MS = 10_000
const DOCUMENT = new URL('../../docs/upstream-faults.md', import.meta.url)

interface Journey {
  readonly agent: UserAgent
  readonly authorization: Authorization
  readonly page: Page
}

const isSlow = ({ fault }: FaultCase) =>
  Object.values(fault).some((wrong) => wrong === 'silence' || wrong === 'stall')

const { slow = [], fast = [] } = Object.groupBy(FAULT_CASES, (faultCase) =>
  isSlow(faultCase) ? 'slow' : 'fast',
)

// The slow cases wait in parallel, while the fast ones run one at a time.
describe('the person can go on after an upstream fault', { concurrency: true }, () => {
  describe('an upstream that does not answer', { concurrency: true }, () => runCases(slow))
  describe('an upstream that sends a wrong response', { concurrency: 1 }, () => runCases(fast))
})

function runCases(cases: readonly FaultCase[]): void {
  for (const faultCase of cases) {
    const { status } = OUTCOMES[faultCase.outcome]
    test(`${faultCase.name} ends in a ${status} page from which the person can go on`, () =>
      runCase(faultCase))
  }
}

test('docs/upstream-faults.md matches these cases', async () => {
  const expected = renderFaultTable()
  if (process.env['RENEW_DOCS'] !== undefined) await writeFile(DOCUMENT, expected)
  assert.equal(
    await readFile(DOCUMENT, 'utf8'),
    expected,
    'regenerate it: RENEW_DOCS=1 npm test -- test/integration/upstream-faults.test.ts',
  )
})

async function runCase({ fault, outcome: kind }: FaultCase): Promise<void> {
  const outcome = OUTCOMES[kind]
  const upstream = await startFaultyUpstream()
  const store = await openStore({ url: 'memory:' })
  const server = await startTestServer({ upstream, overrides: { store } })
  try {
    upstream.fault = fault
    const client = await register(server.issuer)
    const [first, second] = await Promise.all([
      failedLogin(server, client),
      failedLogin(server, client),
    ])
    for (const { page } of [first, second]) checkPage(page, outcome, server)
    assert.deepEqual(await keptKinds(store, server), KEPT_KINDS)

    await goBackToClient(server, first, outcome)
    upstream.fault = {}
    await tryAgain(server, client, second)
    checkRequests(server, outcome, [first.agent, second.agent])
  } finally {
    await server.close()
  }
}

async function failedLogin(server: TestServer, client: Client): Promise<Journey> {
  const agent = createUserAgent()
  const authorization = buildAuthorization(server.issuer, client)
  const consent = await agent.open(authorization.url)
  const page = await agent.submit(consent, { button: /^Allow/, until })
  return { agent, authorization, page }
}

function checkPage(page: Page, { status, title }: Outcome, { logLines }: TestServer): void {
  assert.equal(page.status, status)
  assert.equal(page.title, title)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.equal(page.headers.has('retry-after'), status === 503)
  const reference = parse(page.body).querySelector('.footnote code')?.text ?? ''
  assert.equal(reference, page.headers.get('x-request-id'))
  const lines = logLines
    .map((line) => JSON.parse(line))
    .filter((line) => line.requestId === reference)
  assert.ok(lines.length > 0)
  const failure = lines.find(({ level }) => level === 'error')
  const [, help] = /^Help: (\S+)$/m.exec(parse(page.body).querySelector('pre')?.text ?? '') ?? []
  assert.match(help ?? '', /^docs\/troubleshooting\.md#[a-z-]+$/)
  assert.equal(failure?.hint, status >= 500 ? help : undefined)
  assert.ok(parse(page.body).querySelectorAll('li').length > 0, 'the page has next steps')
  assert.ok(!page.body.includes(UPSTREAM_TEXT), page.body)
  assert.ok(!JSON.stringify([...page.headers]).includes(UPSTREAM_TEXT))
}

async function goBackToClient(server: TestServer, journey: Journey, { error }: Outcome) {
  const { agent, authorization, page } = journey
  const links = linksOf(page)
  assert.deepEqual(Object.keys(links), ['Try again', 'Go back to the app'])
  const end = await agent.open(links['Go back to the app'] ?? '', { until })
  checkAnswer(server, new URL(end.url), { authorization, error })
}

function checkAnswer(
  server: TestServer,
  answer: URL,
  { authorization, error }: { authorization: Authorization; error: string },
): void {
  assert.ok(until(answer), answer.href)
  const { error_description: description, ...others } = Object.fromEntries(answer.searchParams)
  assert.deepEqual(others, { error, state: authorization.state, iss: server.issuer })
  assert.ok(description)
  assert.ok(!answer.href.includes(UPSTREAM_TEXT))
}

async function tryAgain(server: TestServer, client: Client, journey: Journey): Promise<void> {
  const { agent, authorization, page } = journey
  const consent = await agent.open(linksOf(page)['Try again'] ?? '')
  const { url } = await agent.submit(consent, { button: /^Allow/, until })
  assert.ok(until(new URL(url)), url)
  const { codeVerifier } = authorization
  const { status, body } = await redeem(server.issuer, client, {
    answer: new URL(url),
    codeVerifier,
  })
  assert.equal(status, 200, `${url} ${JSON.stringify(body)}`)
  assert.equal(decodeJwt(String(body['access_token'])).sub, UPSTREAM_PERSON.sub)
}

function checkRequests(server: TestServer, outcome: Outcome, agents: UserAgent[]): void {
  const lines = server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const requests = lines.filter(({ msg }) => msg === 'request')
  assert.ok(requests.length > 10)
  for (const { status, durationMs, route } of requests) {
    const isExpected = Number(status) < 500 || status === outcome.status
    assert.ok(isExpected, `${route} answered ${status}`)
    assert.ok(Number(durationMs) < LONGEST_MS, `${route} took ${durationMs} ms`)
  }
  const redirects = agents.flatMap(({ hops }) => hops.filter(isFrom(server)))
  assert.ok(redirects.every(({ location = '' }) => !location.includes(UPSTREAM_TEXT)))
}

const isFrom =
  ({ issuer }: TestServer) =>
  ({ url }: { url: string }) =>
    url.startsWith(issuer)

function linksOf(page: Page): Record<string, string> {
  const links = parse(page.body).querySelectorAll('.actions a')
  const target = (href = '') => new URL(href, page.url).href
  return Object.fromEntries(links.map((link) => [link.text, target(link.getAttribute('href'))]))
}

async function keptKinds(store: Store, { config }: TestServer): Promise<string[]> {
  const prefix = `${config.storeKeyPrefix}:`
  const keys = await Array.fromAsync(store.scan(prefix))
  const kinds = keys.map((key) => key.slice(prefix.length).split(':')[0] ?? '')
  return [...new Set(kinds)].toSorted()
}
