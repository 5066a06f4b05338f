// Redirects to a loopback listener, a client's site and an app. Chromium could apply the CSP of our pages to
// the whole chain of redirects.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext } from 'playwright-core'
import { observeNavigation } from '../support/browser.ts'
import {
  allow,
  type BrowserStage,
  deny,
  openBrowserStage,
  signIn,
} from '../support/browser-stage.ts'
import { ADA, buildAuthorization, claimsOf, redeem, register } from '../support/journey.ts'
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

const ADDRESSES = {
  'a loopback listener': () => stage.listener.redirectUri,
  'an https site': () => web.redirectUri,
  'cursor://': () => 'cursor://anysphere.cursor-mcp/oauth/callback',
}

/** Opens the request in a new tab. `answer` waits for the redirect to the client. */
async function openRequest(profile: BrowserContext, redirectUri: string) {
  const { issuer } = stage.server
  const { page, faults } = await stage.openTab(profile)
  const client = await register(issuer, { redirect_uris: [redirectUri] })
  const request = buildAuthorization(issuer, client, { redirect_uri: redirectUri })
  const answered = await observeNavigation(page, redirectUri)
  const response = await page.goto(request.url)
  return {
    page,
    faults,
    policy: response?.headers()['content-security-policy'] ?? '',
    async answer() {
      const answer = await answered()
      assert.equal(answer.searchParams.get('state'), request.state)
      assert.equal(answer.searchParams.get('iss'), issuer)
      return answer
    },
    async token(answer: URL) {
      const parts = { answer, codeVerifier: request.codeVerifier, redirectUri }
      const { status, body } = await redeem(issuer, client, parts)
      assert.equal(status, 200, JSON.stringify(body))
      return claimsOf(body['access_token'])
    },
  }
}

for (const [name, address] of Object.entries(ADDRESSES)) {
  test(`responses reach ${name} after a sign-in, without a sign-in and after Deny`, async () => {
    const profile = await stage.openProfile({ ignoreHTTPSErrors: true })

    const first = await openRequest(profile, address())
    assert.match(first.policy, /default-src 'none'/)
    await allow(first.page)
    await signIn(first.page)
    assert.equal((await first.token(await first.answer()))['sub'], ADA)

    // Without a sign-in, the form of our own page starts the redirects, so its CSP applies to them.
    const second = await openRequest(profile, address())
    await allow(second.page)
    assert.equal((await second.token(await second.answer()))['sub'], ADA)

    const third = await openRequest(profile, address())
    await deny(third.page)
    assert.equal((await third.answer()).searchParams.get('error'), 'access_denied')
    assert.deepEqual([first.faults, second.faults, third.faults].flat(), [])
  })
}

test('content injected into the consent page does not run, load or style anything', async () => {
  const { page } = await openRequest(await stage.openProfile(), stage.listener.redirectUri)
  const loaded: string[] = []
  page.on('response', (response) => loaded.push(response.url()))
  const outcome = await page.evaluate(async (foreign) => {
    const blocked: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => {
      blocked.push(event.effectiveDirective)
    })
    const add = (tag: string, attributes: Record<string, string>, text = '') => {
      const element = document.createElement(tag)
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
      element.textContent = text
      document.body.append(element)
    }
    add('script', {}, 'document.title = "ran"')
    add('script', { src: `${foreign}/script.js` })
    add('img', { src: `${foreign}/pixel.png`, onerror: 'document.title = "ran"' })
    add('style', {}, 'main { display: none }')
    add('iframe', { src: `${foreign}/frame` })
    add('base', { href: `${foreign}/` })
    await fetch(`${foreign}/beacon`).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const main = document.querySelector('main')
    return {
      blocked: [...new Set(blocked)].sort(),
      title: document.title,
      display: main && getComputedStyle(main).display,
    }
  }, web.origin)
  assert.deepEqual(outcome.blocked, [
    'base-uri',
    'connect-src',
    'frame-src',
    'img-src',
    'script-src-attr',
    'script-src-elem',
    'style-src-elem',
  ])
  assert.equal(outcome.title, 'Allow Test client?')
  assert.notEqual(outcome.display, 'none')
  // The page's own icon may still be on its way.
  assert.deepEqual(
    loaded.filter((url) => !url.startsWith(`${stage.server.issuer}/assets/icon-`)),
    [],
  )
})
