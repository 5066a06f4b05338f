// The powers that the window that opened our page still has over it (docs/adr/0021-windows-that-opened-a-page.md).
// browser-web-client.test.ts signs in through a popup with the default.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { allow, openBrowserStage, signIn, waitForHeading } from '../support/browser-stage.ts'
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

/** A website opens the consent page of its own client in a popup, and keeps the handle as `popup`. */
async function openPopup(file: Record<string, unknown>) {
  const stage = await openBrowserStage({ browser, file })
  const { issuer } = stage.server
  const redirect_uri = web.redirectUri
  const client = await register(issuer, { client_name: 'Site', redirect_uris: [redirect_uri] })
  const { url } = buildAuthorization(issuer, client, { redirect_uri })
  const { page } = await stage.openTab(await stage.openProfile({ ignoreHTTPSErrors: true }))
  const script = `let popup
    document.querySelector('button').onclick = () => { popup = open(${JSON.stringify(url)}) }`
  await page.goto(web.publish('/opener', `<button>Connect</button><script>${script}</script>`))
  const opened = page.waitForEvent('popup')
  await page.getByRole('button').click()
  const popup = await opened
  await waitForHeading(popup, /^Allow Site/)
  return { stage, popup, isPopupClosed: () => page.evaluate('popup.closed') }
}

test('by default, a website keeps the popup that it opened, until the answer is there', async () => {
  const { stage, popup, isPopupClosed } = await openPopup({})
  assert.equal(await isPopupClosed(), false)
  await allow(popup)
  await signIn(popup)
  await popup.waitForURL((url) => url.href.startsWith(web.redirectUri))
  assert.equal(await isPopupClosed(), false)
  await stage.close()
})

test('with crossOriginOpenerPolicy same-origin, a website loses the popup, and sign-in still works', async () => {
  const { stage, popup, isPopupClosed } = await openPopup({
    crossOriginOpenerPolicy: 'same-origin',
  })
  assert.equal(await isPopupClosed(), true)
  assert.equal(await popup.evaluate('opener'), null)
  await allow(popup)
  await signIn(popup)
  await popup.waitForURL((url) => url.href.startsWith(web.redirectUri))
  assert.match(popup.url(), /[?&]code=/)
  await stage.close()
})
