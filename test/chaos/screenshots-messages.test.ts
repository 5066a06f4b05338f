// Screenshots of every page except the consent page, taken as in screenshots.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  allow,
  type BrowserStage,
  openBrowserStage,
  waitForHeading,
} from '../support/browser-stage.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { WEB } from '../support/remembering.ts'
import { openScreenshotFolder, takeScreenshots } from '../support/screenshots.ts'

const folder = openScreenshotFolder()
let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

const messages: Record<
  string,
  { heading: string; status: number; open(page: Page): Promise<unknown> }
> = {
  'unknown-client': {
    heading: 'This app is not known here',
    status: 400,
    open: (page) =>
      page.goto(buildAuthorization(stage.server.issuer, { client_id: 'forgotten' }).url),
  },
  'unknown-redirect': {
    heading: 'The answer would go to an unknown address',
    status: 400,
    async open(page) {
      const parameters = { redirect_uri: 'https://evil.example/callback' }
      await page.goto((await stage.request({ parameters })).url)
    },
  },
  'foreign-browser': {
    heading: 'This sign-in cannot continue here',
    status: 400,
    open: (page) => page.goto(`${stage.server.issuer}/callback?code=x&state=y`),
  },
  expired: {
    heading: 'This sign-in has expired',
    status: 400,
    open: (page) => page.goto(`${stage.server.issuer}/interaction/over`),
  },
  'upstream-cancelled': {
    heading: 'You were not signed in',
    status: 403,
    async open(page) {
      await page.goto((await stage.request()).url)
      await allow(page)
      await page.getByRole('button', { name: 'Cancel' }).click()
    },
  },
  'foreign-form': {
    heading: 'Please try that again',
    status: 403,
    async open(page) {
      await page.goto((await stage.request()).url)
      await page.evaluate(() => {
        for (const field of document.getElementsByName('csrf_token'))
          field.setAttribute('value', '')
      })
      await allow(page)
    },
  },
  'not-found': {
    heading: 'Nothing here',
    status: 404,
    open: (page) => page.goto(`${stage.server.issuer}/nowhere`),
  },
  'held-error': {
    heading: 'This MCP server cannot be used here',
    status: 400,
    async open(page) {
      const client = await register(stage.server.issuer, { redirect_uris: [WEB] })
      const parameters = { redirect_uri: WEB, resource: 'https://foreign.example/mcp' }
      await page.goto(buildAuthorization(stage.server.issuer, client, parameters).url)
    },
  },
  'faulty-request': {
    heading: 'This sign-in request isn’t valid',
    status: 400,
    open: (page) => page.goto(`${stage.server.issuer}/authorize?response_type=code`),
  },
}

for (const [name, { heading, status, open }] of Object.entries(messages)) {
  test(`the page "${name}" has status ${status} and fits its window, wide and narrow`, async () => {
    const tab = await stage.openTab(await stage.openProfile())
    await open(tab.page)
    await waitForHeading(tab.page, heading)
    assert.equal(tab.status(), status)
    await takeScreenshots(tab.page, folder, `message-${name}`)
    assert.deepEqual(tab.faults, [])
  })
}

const outages: Record<
  string,
  { heading: string; env: Record<string, string>; open(page: Page, away: BrowserStage): unknown }
> = {
  'upstream-away': {
    heading: 'Sign-in is temporarily unavailable',
    env: { UPSTREAM_ISSUER: 'http://127.0.0.1:9' },
    async open(page, away) {
      await page.goto((await away.request()).url)
      await allow(page)
    },
  },
  'store-away': {
    heading: 'Back in a moment',
    env: { STORE_URL: 'redis://127.0.0.1:9' },
    open: (page, away) => page.goto(`${away.server.issuer}/authorize?client_id=any`),
  },
}

for (const [name, { heading, env, open }] of Object.entries(outages)) {
  test(`the page "${name}" has status 503 and fits its window, wide and narrow`, async (t) => {
    const away = await openBrowserStage({ env, browser: stage.browser })
    t.after(() => away.close())
    const tab = await away.openTab(await away.openProfile())
    await open(tab.page, away)
    await waitForHeading(tab.page, heading)
    assert.equal(tab.status(), 503)
    await takeScreenshots(tab.page, folder, `message-${name}`)
    assert.deepEqual(tab.faults, [])
  })
}
