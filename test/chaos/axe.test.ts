// axe-core finds no violation on any kind of page of a running server: in two languages, light and dark, branded, and in
// English also without branding. preview.test.ts has every language. The browser bypasses the CSP so that axe-core can run; other tests cover the CSP.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { findViolations, type Scheme } from '../support/axe.ts'
import { openBrandedConfig } from '../support/branded-config.ts'
import {
  type BrowserStage,
  openBrowserStage,
  signIn,
  waitForAnswer,
} from '../support/browser-stage.ts'
import { type ConnectStage, openConnectStage } from '../support/connect-stage.ts'
import { buildAuthorization, LINUS, register } from '../support/journey.ts'
import { TWO_SCOPES, WEB } from '../support/remembering.ts'
import { openScreenshotFolder, takeScreenshots } from '../support/screenshots.ts'

const PRIVATE_USE = 'cursor://anysphere.cursor-mcp/oauth/callback'
const folder = openScreenshotFolder()
const branded = openBrandedConfig()
/** Linus Berg's address is not verified, so he is refused. */
const ACCESS = {
  access: {
    contact: 'help@example.com',
    rules: [{ name: 'staff', when: { emailDomain: 'example.com' } }],
  },
}

let plain: BrowserStage
let brandedStage: BrowserStage
let connectStage: ConnectStage
before(async () => {
  const env = { RESOURCES: '' }
  plain = await openBrowserStage({ env, file: { ...TWO_SCOPES, ...ACCESS } })
  brandedStage = await openBrowserStage({
    env,
    file: { ...branded.file, ...ACCESS },
    browser: plain.browser,
  })
  connectStage = await openConnectStage({ browser: plain.browser })
})
after(async () => {
  await connectStage.close()
  await brandedStage.close()
  await plain.close()
  branded.close()
})

const pages: Record<string, (page: Page, stage: BrowserStage) => Promise<unknown>> = {
  consent: async (page, stage) => page.goto((await stage.request()).url),
  'consent-private-use': async (page, { server }) => {
    const client = await register(server.issuer, { redirect_uris: [PRIVATE_USE] })
    const parameters = { redirect_uri: PRIVATE_USE, scope: 'openid email profile crm:write' }
    await page.goto(buildAuthorization(server.issuer, client, parameters).url)
  },
  'consent-step-up': async (page, stage) => {
    const request = await stage.request({ parameters: { scope: 'openid crm:read' } })
    await page.goto(request.url)
    await page.locator('button.primary').press('Enter')
    await signIn(page)
    await waitForAnswer(page, request)
    const more = { redirect_uri: stage.listener.redirectUri, scope: 'openid crm:read crm:write' }
    await page.goto(buildAuthorization(stage.server.issuer, request.client, more).url)
    await page.locator('.mark').first().waitFor()
  },
  refused: async (page, stage) => {
    await page.goto((await stage.request()).url)
    await page.locator('button.primary').press('Enter')
    await signIn(page, LINUS)
    await page.locator('li a').waitFor()
  },
  expired: (page, { server }) => page.goto(`${server.issuer}/interaction/over`),
  'unknown-client': (page, { server }) =>
    page.goto(buildAuthorization(server.issuer, { client_id: 'forgotten' }).url),
  'held-error': async (page, { server }) => {
    const client = await register(server.issuer, { redirect_uris: [WEB] })
    const parameters = { redirect_uri: WEB, prompt: 'none' }
    await page.goto(buildAuthorization(server.issuer, client, parameters).url)
    await page.locator('a.secondary').waitFor()
  },
  'unknown-resource': async (page, { server }) => {
    const client = await register(server.issuer, { redirect_uris: [WEB] })
    const parameters = { redirect_uri: WEB, resource: 'https://crm.example/' }
    await page.goto(buildAuthorization(server.issuer, client, parameters).url)
    for (const summary of await page.locator('summary').all()) await summary.click()
    await page.locator('pre.support').waitFor()
  },
  landing: async (page, { server }) => {
    await page.goto(`${server.issuer}/`)
    await page.locator('summary').click()
  },
  account: async (page, stage) => {
    const request = await stage.request()
    await page.goto(request.url)
    await page.locator('form[action$="/approve"] button').first().press('Enter')
    await signIn(page)
    await waitForAnswer(page, request)
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('.grant summary').first().click()
  },
  'account-signed-out': (page, { server }) => page.goto(`${server.issuer}/account`),
  'upstream-cancelled': async (page, stage) => {
    await page.goto((await stage.request()).url)
    await page.locator('button.primary').press('Enter')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('a.primary').waitFor()
  },
}

/** In the dark, only colours differ. */
const TRIED = ['en', 'de'] as const

for (const language of TRIED) {
  test(`axe-core finds no violation on any page in "${language}"`, async () => {
    // Branding and colours do not depend on the language, so one language tries them all.
    const stages = language === 'en' ? { plain, branded: brandedStage } : { branded: brandedStage }
    const schemes: readonly Scheme[] = language === 'en' ? ['light', 'dark'] : ['light']
    for (const [style, stage] of Object.entries(stages)) {
      for (const [name, open] of Object.entries(pages)) {
        const profile = await stage.openProfile({ locale: language, bypassCSP: true })
        const { page, faults } = await stage.openTab(profile)
        await open(page, stage)
        assert.equal(await page.locator('html').getAttribute('lang'), language)
        for (const colorScheme of schemes) {
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
          const where = `${name} ${style} ${colorScheme} ${language}`
          assert.deepEqual(await findViolations(page, colorScheme), [], where)
        }
        assert.deepEqual(faults, [], `${name} ${style} ${language}`)
        // Where long words have least room.
        const only = language === 'en' ? undefined : 'narrow'
        if (stage === brandedStage)
          await takeScreenshots(page, folder, `branded-${name}-${language}`, only)
        await profile.close()
      }
    }
  })
}

for (const language of TRIED) {
  test(`the same on the pages that connect an MCP server, in "${language}"`, async () => {
    const schemes: readonly Scheme[] = language === 'en' ? ['light', 'dark'] : ['light']
    const { url } = await connectStage.needConnection()
    const profile = await connectStage.openProfile({ locale: language, bypassCSP: true })
    const { page, faults } = await connectStage.openTab(profile)
    async function check(name: string) {
      assert.equal(await page.locator('html').getAttribute('lang'), language)
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const where = `${name} ${colorScheme} ${language}`
        assert.deepEqual(await findViolations(page, colorScheme), [], where)
      }
      await takeScreenshots(page, folder, `${name}-${language}`, 'narrow')
    }
    await page.goto(url)
    await page.locator('summary').click()
    await check('connect')
    await page.locator('button.primary').press('Enter')
    await page.locator('form').waitFor({ state: 'detached' })
    await check('connected')
    assert.deepEqual(faults, [])
    await profile.close()
  })
}
