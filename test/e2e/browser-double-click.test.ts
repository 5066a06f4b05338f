// DoubleClickjacking: a click that a person meant for another window must not press Allow
// (docs/adr/0021-windows-that-opened-a-page.md).
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import {
  authorizeInBrowser,
  openBrowserStage,
  waitForHeading,
  waitForSignIn,
} from '../support/browser-stage.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { startWebClient, type WebClient } from '../support/web-client.ts'

let web: WebClient
let browser: Browser
before(async () => {
  web = await startWebClient()
  browser = await web.openBrowser()
})
after(async () => {
  await browser.close()
  await web.close()
})

// Tall enough for the whole consent page.
const viewport = { width: 900, height: 1400 }

async function findAllow(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.getByRole('button', { name: /^Allow/ }).boundingBox()
  assert.ok(box)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** Presses and releases the mouse, without moving it there first and without a pause between. */
async function clickAt(page: Page, point: { x: number; y: number }): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const button = { ...point, button: 'left', clickCount: 1 } as const
  await Promise.all([
    session.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...button }),
    session.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...button }),
  ])
}

/** Waits until the cover over the buttons takes clicks, or no longer does. The page's CSP forbids waitForFunction. */
async function waitForCover(page: Page, visibility: 'visible' | 'hidden'): Promise<void> {
  const script = "getComputedStyle(document.querySelector('.decision'), '::after').visibility"
  for (let tries = 0; tries < 250; tries += 1) {
    if ((await page.evaluate(script)) === visibility) return
    await delay(20)
  }
  assert.fail(`the cover does not become ${visibility}`)
}

/** Stops time for the page, so that a slow machine tests the first moments too. */
async function holdFirstMoments(page: Page): Promise<void> {
  await page.evaluate(
    'document.getAnimations().forEach((one) => { one.pause(); one.currentTime = 0 })',
  )
  await waitForCover(page, 'visible')
}

for (const crossOriginOpenerPolicy of ['unsafe-none', 'same-origin']) {
  test(`a double click on a popup that closes allows nothing in the page beneath, with ${crossOriginOpenerPolicy}`, async (t) => {
    const stage = await openBrowserStage({ browser, file: { crossOriginOpenerPolicy } })
    t.after(() => stage.close())
    const profile = await stage.openProfile({ ignoreHTTPSErrors: true, viewport })
    const { page } = await stage.openTab(profile)
    await authorizeInBrowser(page, await stage.request())

    const redirect_uri = web.redirectUri
    const metadata = { client_name: 'Site', redirect_uris: [redirect_uri] }
    const client = await register(stage.server.issuer, metadata)
    const { url, state } = buildAuthorization(stage.server.issuer, client, { redirect_uri })
    const decoy = web.publish(
      '/decoy',
      `<button onmousedown="window.close()" style="position: fixed; inset: 0">Double-click here</button>
      <script>opener.location = ${JSON.stringify(url)}</script>`,
    )
    const script = `window.open(${JSON.stringify(decoy)}, '', 'width=400,height=400')`
    await page.goto(
      web.publish('/site', `<button onclick="${script.replaceAll('"', "'")}">Go</button>`),
    )
    const opened = page.waitForEvent('popup')
    await page.getByRole('button').click()
    const popup = await opened
    await waitForHeading(page, /^Allow Site/)
    // The site takes its time: the page is complete, and is waiting beneath the popup.
    await waitForCover(page, 'hidden')
    const closed = popup.waitForEvent('close')
    clickAt(popup, { x: 20, y: 20 }).catch(() => {})
    await closed
    const allow = await findAllow(page)
    await clickAt(page, allow)

    // The pointer is over the page from here on.
    await waitForCover(page, 'hidden')
    await waitForHeading(page, /^Allow Site/)
    assert.deepEqual(
      web.answers.filter((answer) => answer.searchParams.get('state') === state),
      [],
    )
    await clickAt(page, allow)
    await page.waitForURL((at) => at.searchParams.get('state') === state)
    assert.match(page.url(), /[?&]code=/, 'control: a later click allows')
  })
}

/** Opens the consent page in its first moments. */
async function openFresh(t: TestContext, options: BrowserContextOptions = {}): Promise<Page> {
  const stage = await openBrowserStage({ browser })
  t.after(() => stage.close())
  const { page } = await stage.openTab(await stage.openProfile({ viewport, ...options }))
  await page.goto((await stage.request()).url)
  return page
}

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`a click as the page appears does nothing, with prefers-reduced-motion: ${reducedMotion}`, async (t) => {
    const page = await openFresh(t, { reducedMotion })
    await holdFirstMoments(page)
    await clickAt(page, await findAllow(page))
    // A click that was taken would be handled before this.
    await waitForCover(page, 'hidden')
    await waitForHeading(page, /^Allow Browser client/)
  })
}

test('the keyboard presses Allow from the first moment on', async (t) => {
  const page = await openFresh(t)
  await holdFirstMoments(page)
  await page.getByRole('button', { name: /^Allow/ }).press('Enter')
  await waitForSignIn(page)
})

test('a tap on a touch screen presses Allow from the first moment on', async (t) => {
  const page = await openFresh(t, { hasTouch: true, isMobile: true })
  const { x, y } = await findAllow(page)
  await page.touchscreen.tap(x, y)
  await waitForSignIn(page)
})
