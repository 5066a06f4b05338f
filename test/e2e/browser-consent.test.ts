// The consent page on real screens, by keyboard, enlarged and without scripts. Every language and kind of request:
// test/chaos/consent-screens.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
  readText,
} from '../support/browser-stage.ts'
import { assertFirstScreen, FOUR_SCOPES, REQUESTS, TRACKER } from '../support/first-screen.ts'
import { buildAuthorization, register } from '../support/journey.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage({ file: TRACKER, env: { RESOURCES: '' } })
})
after(() => stage.close())

async function openConsent(page: Page, kind: keyof typeof REQUESTS): Promise<void> {
  const { name, redirectUri } = REQUESTS[kind]
  const metadata = { client_name: name, redirect_uris: [redirectUri] }
  const client = await register(stage.server.issuer, metadata)
  const parameters = { redirect_uri: redirectUri, scope: FOUR_SCOPES }
  await page.goto(buildAuthorization(stage.server.issuer, client, parameters).url)
}

test('Allow and Deny are in the first screen of laptops and phones, signed in and signed out', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  await openConsent(page, 'an imitating app')
  await assertFirstScreen(page, 'signed out')
  const first = await stage.request({ parameters: { scope: 'openid issues:read' } })
  await authorizeInBrowser(page, first)
  await openConsent(page, 'an imitating app')
  await assertFirstScreen(page, 'signed in')
  const more = { redirect_uri: stage.listener.redirectUri, scope: 'issues:write issues:delete' }
  await page.goto(buildAuthorization(stage.server.issuer, first.client, more).url)
  assert.match(await readText(page.locator('main')), /In Issue tracker new .* Allowed on /)
  await assertFirstScreen(page, 'step-up')
  assert.deepEqual(faults, [])
})

test('by keyboard and without scripts: the other account, Allow, Deny, the account page, then Details, which opens', async () => {
  const profile = await stage.openProfile({ javaScriptEnabled: false })
  const { page, faults } = await stage.openTab(profile)
  await authorizeInBrowser(page, await stage.request())
  await openConsent(page, 'this computer')
  const focused = page.locator(':focus')
  for (const label of ['Switch account', 'Allow', 'Deny', 'your account', 'Details']) {
    await page.keyboard.press('Tab')
    assert.equal(await readText(focused), label)
  }
  assert.equal(await page.getByText('127.0.0.1:33418/callback').isVisible(), false)
  await page.keyboard.press('Enter')
  await page.getByText('http://127.0.0.1:33418/callback').waitFor()
  assert.deepEqual(faults, [])
})

test('the page is complete at 200 % and at 400 %: nothing is cut off or beside the window', async () => {
  const { page } = await stage.openTab(await stage.openProfile())
  await openConsent(page, 'an imitating app')
  await page.locator('summary').press('Enter')
  // What a window of 1280 × 720 has left for the page (WCAG 2.2, 1.4.10).
  for (const [width, height] of [
    [640, 360],
    [320, 180],
  ] as const) {
    await page.setViewportSize({ width, height })
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((element) => element.outerHTML.slice(0, 80)),
    )
    assert.deepEqual(wide, [], `${width}`)
    await page.getByRole('button', { name: 'Deny' }).scrollIntoViewIfNeeded()
    assert.ok(await page.getByRole('button', { name: 'Deny' }).isVisible())
  }
})
