// The browser prefetches an authorization request and fetches it again when the person navigates: neither
// fetch consumes the request.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import {
  type AuthorizationRequest,
  allow,
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
  signIn,
  waitForAnswer,
} from '../support/browser-stage.ts'
import { ADA } from '../support/journey.ts'
import { startWebClient, type WebClient } from '../support/web-client.ts'

let web: WebClient
let browser: Browser
let stage: BrowserStage
before(async () => {
  web = await startWebClient()
  browser = await web.openBrowser()
  stage = await openBrowserStage({ browser })
})
after(async () => {
  await stage.close()
  await browser.close()
  await web.close()
})

const openTab = async () => stage.openTab(await stage.openProfile({ ignoreHTTPSErrors: true }))

/** The statuses of /authorize since the log was `start` lines long. */
const statusesSince = (start: number) =>
  stage.server.logLines
    .slice(start)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ route }) => route === '/authorize')
    .map(({ status }) => status)

async function waitForPrefetch(start: number): Promise<void> {
  const endsAtMs = performance.now() + 5000
  while (statusesSince(start).length === 0) {
    assert.ok(performance.now() < endsAtMs, 'the browser prefetched nothing')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const inHtml = (url: string) => url.replaceAll('&', '&amp;')

const linkTo = ({ url }: AuthorizationRequest) => `<a href="${inHtml(url)}">Connect</a>`

async function openConsent(page: Page, request: AuthorizationRequest, html: string, path: string) {
  const { length } = stage.server.logLines
  await page.goto(web.publish(path, html + linkTo(request)))
  await waitForPrefetch(length)
  await page.getByRole('link').click()
  await page.getByRole('button', { name: /^Allow/ }).waitFor()
  assert.deepEqual(statusesSince(length), [403, 303], 'nothing started before the navigation')
}

test('an authorization that a page prefetched starts when the person navigates, and finishes', async () => {
  const { page } = await openTab()
  const request = await stage.request()
  const prefetch = `<link rel="prefetch" href="${inHtml(request.url)}">`
  await openConsent(page, request, prefetch, '/prefetch')
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})

test('a prefetch in a signed-in browser sends nothing to the client and approves nothing', async () => {
  const { page } = await openTab()
  await authorizeInBrowser(page, await stage.request())
  const { length } = stage.listener.answers
  const request = await stage.request()
  const prefetch = `<link rel="prefetch" href="${inHtml(request.url)}">`
  await openConsent(page, request, prefetch, '/prefetch-again')
  assert.equal(stage.listener.answers.length, length)
  await allow(page)
  await waitForAnswer(page, request)
})

test('an authorization that speculation rules prefetched finishes, even after a reload', async () => {
  const { page } = await openTab()
  const request = await stage.request()
  const rules = JSON.stringify({
    prefetch: [{ source: 'list', urls: [request.url], eagerness: 'immediate' }],
  })
  const script = `<script type="speculationrules">${rules}</script>`
  await openConsent(page, request, script, '/speculation')
  await page.reload()
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})
