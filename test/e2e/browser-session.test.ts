// A signed-in browser: the page names the account, and nothing is approved without asking.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  allow,
  authorizeInBrowser,
  type BrowserStage,
  deny,
  openBrowserStage,
  press,
  readText,
  signIn,
  waitForAnswer,
  waitForHeading,
  waitForSignIn,
} from '../support/browser-stage.ts'
import { ADA, GRACE } from '../support/journey.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

async function openSignedIn() {
  const tab = await stage.openTab(await stage.openProfile())
  await authorizeInBrowser(tab.page, await stage.request())
  return tab
}

test('the next authorization names the account, still asks, and does not go upstream', async () => {
  const { page, faults } = await openSignedIn()
  const request = await stage.request({ name: 'Second client' })
  const seen: string[] = []
  page.on('request', (sent) => seen.push(sent.url()))

  await page.goto(request.url)
  await waitForHeading(page, /^Allow Second client unverified to use mcp\.example\.com\?$/)
  const text = await readText(page.locator('header'))
  assert.match(text, /Ada Byron \(ada@example\.com\) Switch account/)
  await press(page, 'Allow')
  const answer = await waitForAnswer(page, request)

  assert.ok(!seen.some((url) => url.startsWith(stage.server.upstreamIssuer)), seen.join('\n'))
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('the same client needs consent again: one approval is not permanent', async () => {
  const { page } = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  await authorizeInBrowser(page, request)

  const again = new URL(request.url)
  again.searchParams.set('state', 'again')
  await page.goto(again.href)
  await waitForHeading(page, /^Allow Browser client/)
})

test('the person can use another account, and the next page names it', async () => {
  const { page, faults } = await openSignedIn()
  const request = await stage.request()

  await page.goto(request.url)
  await page.getByRole('link', { name: 'Switch account' }).press('Enter')
  await page.getByText('You’ll sign in with').waitFor()
  await allow(page)
  await signIn(page, GRACE)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], GRACE)

  await page.goto((await stage.request()).url)
  assert.match(await readText(page.locator('header')), /Grace Murray/)
  assert.deepEqual(faults, [])
})

test('a signed-in person can deny', async () => {
  const { page } = await openSignedIn()
  const request = await stage.request()
  await page.goto(request.url)
  await deny(page)
  const { searchParams } = await waitForAnswer(page, request)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('iss'), stage.server.issuer)
})

test('prompt=login goes to the upstream even if the browser is signed in', async () => {
  const { page } = await openSignedIn()
  const request = await stage.request({ parameters: { prompt: 'login' } })
  await page.goto(request.url)
  await allow(page)
  await waitForSignIn(page)
  assert.ok(page.url().startsWith(stage.server.upstreamIssuer), page.url())
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})
