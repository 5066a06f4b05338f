// CONSENT=remember in a real browser: only a browser shows which Sec-Fetch-Site it sends for a navigation.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ListeningServer, listen } from '../../scripts/dev/listen.ts'
import {
  type AuthorizationRequest,
  authorizeInBrowser,
  type BrowserStage,
  deny,
  openBrowserStage,
  waitForAnswer,
  waitForHeading,
} from '../support/browser-stage.ts'
import { ADA, buildAuthorization, register } from '../support/journey.ts'

let stage: BrowserStage
let foreign: ListeningServer
/** The URL that the other site links to, and redirects to from /forward. */
let link = ''
before(async () => {
  // The client in this test can listen only on loopback.
  const file = { consent: { rememberLoopback: true } }
  stage = await openBrowserStage({ env: { CONSENT: 'remember' }, file })
  // The server is at `localhost`, so 127.0.0.1 is another site for the browser. Another port of `localhost` is the
  // same site, like another host of one domain.
  foreign = await listen({ port: 0, host: '127.0.0.1' })
  foreign.server.on('request', (request, response) => {
    if (request.url?.startsWith('/forward')) {
      response.writeHead(303, { location: link }).end()
      return
    }
    const href = link.replaceAll('&', '&amp;')
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Another site</title><a href="${href}">Win a prize</a>`)
  })
})
after(async () => {
  await foreign.close()
  await stage.close()
})

/** The same request with a new state, as a client would repeat it. */
function repeat(request: AuthorizationRequest): AuthorizationRequest {
  const url = new URL(request.url)
  const state = crypto.randomUUID()
  url.searchParams.set('state', state)
  return { ...request, url: url.href, state }
}

async function openApproved() {
  const tab = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  await authorizeInBrowser(tab.page, request)
  return { ...tab, request }
}

test('an approved request skips the page when an app opens the browser', async () => {
  const { page, request, faults } = await openApproved()
  const again = repeat(request)
  const seen: string[] = []
  page.on('request', (sent) => seen.push(sent.url()))
  await page.goto(again.url)
  const answer = await waitForAnswer(page, again)
  assert.equal((await stage.redeem(again, answer))['sub'], ADA)
  assert.ok(!seen.some((url) => url.includes('/interaction/')), seen.join('\n'))
  assert.deepEqual(faults, [])
})

test('a form that another site posts shows the page too', async () => {
  const { page, request } = await openApproved()
  const { length } = stage.listener.answers
  await page.goto(`http://127.0.0.1:${foreign.port}/`)
  await page.evaluate((target) => {
    const url = new URL(target)
    const form = document.createElement('form')
    form.method = 'post'
    form.action = url.origin + url.pathname
    for (const [name, value] of url.searchParams) {
      form.append(Object.assign(document.createElement('input'), { name, value }))
    }
    document.body.append(form)
    form.submit()
  }, repeat(request).url)
  await waitForHeading(page, /^Allow Browser client/)
  assert.equal(stage.listener.answers.length, length)
})

test('an opened URL counts as typed even if it leads through another site: docs/consent.md', async () => {
  const { page, request } = await openApproved()
  const again = repeat(request)
  link = again.url
  await page.goto(`http://127.0.0.1:${foreign.port}/forward`)
  await waitForAnswer(page, again)
})

/** A request of the attacker's own client, which anybody can register. */
async function requestOfAttacker(redirectUri: string, registered = redirectUri) {
  const { issuer } = stage.server
  const client = await register(issuer, { client_name: 'Attacker', redirect_uris: [registered] })
  return buildAuthorization(issuer, client, { redirect_uri: redirectUri })
}

test('a redirect URI that is a remembered request to this server is refused before anybody can deny', async () => {
  const { page, request } = await openApproved()
  const { length } = stage.listener.answers
  const target = new URL(repeat(request).url)
  // Loopback redirect URIs may be used with any port, this server's included.
  const registered = new URL(target)
  registered.port = '1'
  const { url } = await requestOfAttacker(target.href, registered.href)
  await page.goto(url)
  await waitForHeading(page, 'The answer would go to an unknown address')
  assert.equal(stage.listener.answers.length, length)
})

for (const host of ['localhost', '127.0.0.1']) {
  test(`Deny that redirects through ${host} to a remembered request shows its page`, async () => {
    const { page, request } = await openApproved()
    const { length } = stage.listener.answers
    link = repeat(request).url
    const { url } = await requestOfAttacker(`http://${host}:${foreign.port}/forward`)
    await page.goto(url)
    await deny(page)
    await waitForHeading(page, /^Allow Browser client/)
    assert.equal(stage.listener.answers.length, length)
  })

  test(`a link on ${host} shows the page`, async () => {
    const { page, request } = await openApproved()
    const { length } = stage.listener.answers
    link = repeat(request).url
    await page.goto(`http://${host}:${foreign.port}/`)
    await page.getByRole('link', { name: 'Win a prize' }).click()
    await waitForHeading(page, /^Allow Browser client/)
    assert.equal(stage.listener.answers.length, length)
  })
}

test('a navigation that starts on a page of this server shows the page', async () => {
  const { page, request } = await openApproved()
  const { length } = stage.listener.answers
  await page.goto(`${stage.server.issuer}/nowhere`)
  await page.evaluate((target) => location.assign(target), repeat(request).url)
  await waitForHeading(page, /^Allow Browser client/)
  assert.equal(stage.listener.answers.length, length)
})

test('a frame on another site sends nothing to the client', async () => {
  const { page, request } = await openApproved()
  const { length } = stage.listener.answers
  await page.goto(`http://127.0.0.1:${foreign.port}/`)
  const { url } = repeat(request)
  await page.evaluate(async (src) => {
    const frame = Object.assign(document.createElement('iframe'), { src })
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve))
    document.body.append(frame)
    await loaded
  }, url)
  assert.equal(stage.listener.answers.length, length)
})
