// The account page and the page that signs out, in Chromium: by keyboard and without scripts. Screenshots for people to
// look at: light, dark and 375 px wide.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findViolations } from '../support/axe.ts'
import {
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
  press,
  signIn,
  waitForHeading,
} from '../support/browser-stage.ts'
import { type Client, obtainTokens, refresh } from '../support/journey.ts'
import { openScreenshotFolder, takeScreenshots } from '../support/screenshots.ts'

const AFTER = 'https://portal.example.com/signed-out'
const PORTAL = 'portal'
const folder = openScreenshotFolder()
let stage: BrowserStage
let issuer: string
before(async () => {
  stage = await openBrowserStage({
    env: { RESOURCES: '', UPSTREAM_NAME: 'Acme ID' },
    file: {
      resourceServers: [
        {
          resource: 'https://mcp.example.com/mcp',
          name: 'Issue tracker',
          scopes: {
            'issues:read': 'Read your issues and comments',
            'issues:write': 'Create and change issues in your name',
          },
        },
      ],
      clients: [
        {
          client_id: PORTAL,
          client_name: 'Team portal',
          redirect_uris: ['http://127.0.0.1:33418/callback'],
          post_logout_redirect_uris: [AFTER],
        },
      ],
    },
  })
  issuer = stage.server.issuer
})
after(() => stage.close())

async function openAccountTab(options = {}) {
  const profile = await stage.openProfile({ javaScriptEnabled: false, ...options })
  const tab = await stage.openTab(profile)
  return { ...tab, profile }
}

async function signInToAccount(page: Page): Promise<void> {
  await page.goto(`${issuer}/account`)
  await press(page, /^Sign in with/)
  await signIn(page)
  await page.waitForURL(`${issuer}/account`)
}

async function allowClient(page: Page, name: string, scope = 'openid issues:read issues:write') {
  const request = await stage.request({ name, parameters: { scope } })
  await page.goto(request.url)
  await press(page, 'Allow')
  await page.waitForURL((url) => url.searchParams.get('state') === request.state)
  await stage.redeem(request, new URL(page.url()))
}

/** The page then confirms it. */
async function removeFirst(page: Page): Promise<void> {
  await page.locator('button[name="grant"]').first().press('Enter')
  await page.getByRole('status').waitFor()
}

const clients = (page: Page) => page.locator('.grant .client').allTextContents()

test('a person signs in, removes one client, then all, then signs out: by keyboard, without scripts', async () => {
  const { page, faults, status } = await openAccountTab()
  await signInToAccount(page)
  assert.equal(status(), 200)
  for (const name of ['First', 'Second', 'Third']) await allowClient(page, name)
  await page.goto(`${issuer}/account`)
  assert.deepEqual(await clients(page), ['Third', 'Second', 'First'])

  await press(page, 'Remove access of Second to Issue tracker')
  await page.getByRole('status').waitFor()
  assert.deepEqual(await clients(page), ['Third', 'First'])

  const everything = page.getByRole('button', { name: 'Remove all apps now' })
  assert.equal(await everything.isVisible(), false, 'not at the first click')
  await page.getByText('Remove all apps …').press('Enter')
  await everything.press('Enter')
  await page.getByText('No app has access in your name.').waitFor()

  await press(page, 'Sign out here')
  await page.getByText('You are signed out in this browser.').waitFor()
  await page.goto(`${issuer}/account`)
  await page.getByRole('button', { name: /^Sign in with/ }).waitFor()
  assert.deepEqual(faults, [])
})

test('signing out in all browsers reaches another browser, and the client there keeps its access', async () => {
  const here = await openAccountTab()
  const there = await openAccountTab()
  await signInToAccount(here.page)
  const request = await stage.request()
  const answer = await authorizeInBrowser(there.page, request)
  await stage.redeem(request, answer)
  await press(here.page, 'Sign out in all browsers')
  await here.page.getByText('You are signed out in all browsers.').waitFor()
  await there.page.goto(`${issuer}/account`)
  await there.page.getByRole('button', { name: /^Sign in with/ }).waitFor()
  // The upstream still knows this browser.
  await press(here.page, /^Sign in with/)
  await here.page.waitForURL(`${issuer}/account`)
  assert.ok((await clients(here.page)).includes('Browser client'))
})

test('Chromium shows no page of ours in a frame, not even of this origin', async () => {
  const { page, profile } = await openAccountTab()
  await signInToAccount(page)
  const html = (body: string) => ({ contentType: 'text/html', body })
  await profile.route(`${issuer}/plain`, (route) => route.fulfill(html('<main>Ada</main>')))
  for (const [path, shown] of Object.entries({ '/plain': 1, '/account': 0, '/logout': 0 })) {
    const framing = html(`<iframe src="${issuer}${path}"></iframe>`)
    await profile.route(`${issuer}/framing`, (route) => route.fulfill(framing))
    await page.goto(`${issuer}/framing`)
    const frame = page.frames().find((one) => one.parentFrame() !== null)
    assert.equal(await frame?.locator('main').count(), shown, path)
  }
})

test('a person who is sent here to sign out decides on the page', async () => {
  const { page, profile, faults } = await openAccountTab()
  await signInToAccount(page)
  await profile.route(`${AFTER}*`, (route) => route.fulfill({ body: 'bye' }))
  const query = new URLSearchParams({
    client_id: PORTAL,
    post_logout_redirect_uri: AFTER,
    state: 'xyz',
  })
  await page.goto(`${issuer}/logout?${query}`)
  await waitForHeading(page, 'Sign out?')
  await page.getByRole('link', { name: 'Stay signed in' }).press('Enter')
  await waitForHeading(page, 'Your account')
  await page.goto(`${issuer}/logout?${query}`)
  await press(page, 'Sign out')
  await page.waitForURL(`${AFTER}?state=xyz`)
  await page.goto(`${issuer}/account`)
  await page.getByRole('button', { name: /^Sign in with/ }).waitFor()
  assert.deepEqual(faults, [])
})

test('the pages fit their window: light, dark and narrow', async () => {
  const { page } = await openAccountTab({ javaScriptEnabled: true })
  await page.goto(`${issuer}/account`)
  await takeScreenshots(page, folder, 'account-signed-out')
  await signInToAccount(page)
  await takeScreenshots(page, folder, 'account-empty')
  await allowClient(page, 'Claude Code')
  await allowClient(page, `${'Uncommonlylongname'.repeat(6)} \u202e evil`, 'issues:read')
  const team: Client = { client_id: PORTAL }
  const { body } = await obtainTokens(issuer, team, { parameters: { scope: 'openid' } })
  assert.equal((await refresh(issuer, team, body['refresh_token'])).status, 200)
  await obtainTokens(issuer, team)
  await page.goto(`${issuer}/account`)
  await removeFirst(page)
  await takeScreenshots(page, folder, 'account')
  await page.getByText('Remove all apps …').press('Enter')
  await takeScreenshots(page, folder, 'account-remove-all', 'light')
  const query = new URLSearchParams({ client_id: PORTAL, post_logout_redirect_uri: AFTER })
  await page.goto(`${issuer}/logout?${query}`)
  await takeScreenshots(page, folder, 'logout')
  await page.goto(`${issuer}/account`)
  await press(page, 'Sign out here')
  await page.getByText('You are signed out').waitFor()
  await takeScreenshots(page, folder, 'account-after-sign-out')
  await page.goto(`${issuer}/logout`)
  await takeScreenshots(page, folder, 'logout-signed-out')
})

// test/chaos/preview.test.ts has the other languages, and test/chaos/axe.test.ts the branded variants of these styles.
for (const language of ['en', 'de']) {
  test(`the account pages fit a narrow window, and axe-core finds no violation: ${language}`, async () => {
    const { page } = await openAccountTab({
      javaScriptEnabled: true,
      bypassCSP: true,
      locale: language,
    })
    async function check(where: string) {
      assert.equal(await page.locator('html').getAttribute('lang'), language)
      // Colours and structure do not depend on the language.
      for (const colorScheme of language === 'en' ? (['light', 'dark'] as const) : []) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        assert.deepEqual(await findViolations(page, colorScheme), [], `${where} ${colorScheme}`)
      }
      await takeScreenshots(page, folder, `${where}-${language}`, 'narrow')
    }
    await page.goto(`${issuer}/account`)
    await check('account-signed-out')
    await page.locator('button.primary').press('Enter')
    await signIn(page)
    await page.waitForURL(`${issuer}/account`)
    for (const _ of [1, 2, 3]) await obtainTokens(issuer, { client_id: PORTAL })
    await page.reload()
    await removeFirst(page)
    await page.locator('.all summary').press('Enter')
    await check('account')
    await page.goto(`${issuer}/logout?client_id=${PORTAL}&post_logout_redirect_uri=${AFTER}`)
    await page.locator('.decision').waitFor()
    await check('logout')
  })
}
