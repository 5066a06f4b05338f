// Error pages: what the person sees, and how they can go on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  allow,
  type BrowserStage,
  openBrowserStage,
  readText,
  signIn,
  waitForAnswer,
  waitForHeading,
} from '../support/browser-stage.ts'
import { ADA, buildAuthorization } from '../support/journey.ts'
import { WEB } from '../support/remembering.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

/** The reference on the page is the request id in the log. */
async function assertReferenceIsLogged(page: Page) {
  const reference = await readText(page.locator('.footnote code'))
  assert.match(reference, /^[0-9a-f]{10}$/)
  const lines = stage.server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(lines.some((line) => line['requestId'] === reference && line['msg'] === 'request'))
}

async function pressCancel(page: Page) {
  await page.getByRole('button', { name: 'Cancel' }).click()
}

test('an unknown client gets a page that says how to register again, and no redirect', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const { url } = buildAuthorization(stage.server.issuer, { client_id: 'forgotten' })
  const response = await page.goto(url)
  assert.equal(response?.status(), 400)
  await waitForHeading(page, 'This app is not known here')
  assert.match(await readText(page.locator('main')), /remove this MCP server and add it again/)
  await assertReferenceIsLogged(page)
  assert.deepEqual(faults, [])
})

test('an unregistered redirect URI gets a page and no redirect', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const { url } = await stage.request({
    parameters: { redirect_uri: 'https://evil.example/callback' },
  })
  const response = await page.goto(url)
  assert.equal(response?.status(), 400)
  await waitForHeading(page, 'The answer would go to an unknown address')
  assert.doesNotMatch(await page.content(), /evil\.example/)
  await assertReferenceIsLogged(page)
  assert.deepEqual(faults, [])
})

test('by keyboard alone, the text for support opens, and one click selects all of it', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const { url } = await stage.request({ parameters: { redirect_uri: WEB } })
  await page.goto(url)
  await waitForHeading(page, 'The answer would go to an unknown address')
  const block = page.locator('pre.support')
  assert.equal(await block.isVisible(), false)
  for (const summary of ['Details', 'What to send to support']) {
    await page.keyboard.press('Tab')
    assert.equal(await readText(page.locator(':focus')), summary)
    await page.keyboard.press('Enter')
  }
  await block.click()
  const selected = await page.evaluate(() => getSelection()?.toString().trim())
  assert.equal(selected, (await block.textContent())?.trim())
  assert.match(selected ?? '', /^Help: docs\/troubleshooting\.md#redirect-uri-unknown$/m)
  assert.deepEqual(faults, [])
})

test('an unknown URL gets a page that says so', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const response = await page.goto(`${stage.server.issuer}/nowhere`)
  assert.equal(response?.status(), 404)
  await waitForHeading(page, 'Nothing here')
  assert.deepEqual(faults, [])
})

test('a browser that blocks cookies gets a page that says so', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()
  await page.goto(request.url)
  await profile.clearCookies()
  await allow(page)
  await waitForHeading(page, 'This sign-in has expired')
  assert.match(await readText(page.locator('main')), /Allow cookies for this site/)
  await assertReferenceIsLogged(page)
  assert.deepEqual(faults, [])
})

test('a cancelled sign-in offers a link that sends access_denied to the client', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  await page.goto(request.url)
  await allow(page)
  await pressCancel(page)
  await waitForHeading(page, 'You were not signed in')
  await assertReferenceIsLogged(page)

  await page.getByRole('link', { name: 'Go back to the app' }).click()
  const { searchParams } = await waitForAnswer(page, request)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('iss'), stage.server.issuer)
  assert.deepEqual(faults, [])
})

test('after a cancelled sign-in, the person can try again and succeed', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  await page.goto(request.url)
  await allow(page)
  await pressCancel(page)
  await page.getByRole('link', { name: 'Try again' }).click()
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('going back from the page of a cancelled sign-in leads to the consent page, even after a reload', async () => {
  const { page } = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  await page.goto(request.url)
  await allow(page)
  await pressCancel(page)
  await waitForHeading(page, 'You were not signed in')
  await page.reload()
  await page.goBack()
  await page.goBack()
  await waitForHeading(page, /^Allow Browser client/)
})

test('an expired interaction shows a page that says so, and does not redirect', async () => {
  const lifetimes = { ...stage.server.config.lifetimes, interactionSeconds: 1 }
  const shortLived = await openBrowserStage({ file: { lifetimes }, browser: stage.browser })
  try {
    const { page, faults } = await shortLived.openTab(await shortLived.openProfile())
    await page.goto((await shortLived.request()).url)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    await allow(page)
    await waitForHeading(page, 'This sign-in has expired')
    assert.ok(page.url().startsWith(shortLived.server.issuer), page.url())
    assert.deepEqual(faults, [])
  } finally {
    await shortLived.close()
  }
})

test('while the upstream is down, the page offers a retry that keeps the request', async () => {
  const outage = await openBrowserStage({
    env: { UPSTREAM_ISSUER: 'http://127.0.0.1:9' },
    browser: stage.browser,
  })
  try {
    const { page, faults } = await outage.openTab(await outage.openProfile())
    await page.goto((await outage.request()).url)
    const answered = page.waitForResponse((response) => response.url().endsWith('/approve'))
    await allow(page)
    const response = await answered
    assert.equal(response.status(), 503)
    assert.ok(response.headers()['retry-after'])
    await waitForHeading(page, 'Sign-in is temporarily unavailable')
    await page.getByRole('link', { name: 'Try again' }).click()
    await waitForHeading(page, /^Allow Browser client/)
    assert.deepEqual(faults, [])
  } finally {
    await outage.close()
  }
})
