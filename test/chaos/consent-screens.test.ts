// The consent page in every language, for every kind of request: its buttons are in the first screen, and axe-core finds nothing
// in light, dark and forced colours. With SCREENSHOTS=DIR, pictures of them are taken.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { LANGUAGES } from '../../src/config/language.ts'
import { findViolations } from '../support/axe.ts'
import {
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
} from '../support/browser-stage.ts'
import { assertFirstScreen, FOUR_SCOPES, REQUESTS, TRACKER } from '../support/first-screen.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { openScreenshotFolder } from '../support/screenshots.ts'

const folder = openScreenshotFolder()
const IMITATING = 'an imitating app'
const configuredId = (kind: string) => `configured-${kind.replaceAll(' ', '-')}`

let stage: BrowserStage
before(async () => {
  // A name that the operator uses imitates nobody.
  const usual = Object.entries(REQUESTS).filter(([kind]) => kind !== IMITATING)
  const clients = usual.map(([kind, { name, redirectUri }]) => ({
    client_id: configuredId(kind),
    client_name: name,
    redirect_uris: [redirectUri],
  }))
  stage = await openBrowserStage({ file: { ...TRACKER, clients }, env: { RESOURCES: '' } })
})
after(() => stage.close())

async function openConsent(page: Page, redirectUri: string, clientId: string): Promise<void> {
  const parameters = { redirect_uri: redirectUri, scope: FOUR_SCOPES }
  const client = { client_id: clientId }
  await page.goto(buildAuthorization(stage.server.issuer, client, parameters).url)
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return
  await page.screenshot({ path: join(folder, `${name.replaceAll(/\W+/g, '-')}.png`) })
}

const COLOURS = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
  { colorScheme: 'dark', forcedColors: 'active' },
] as const

for (const language of LANGUAGES) {
  test(`every consent page in "${language}" has its buttons in the first screen`, async () => {
    const { page, faults } = await stage.openTab(await stage.openProfile({ locale: language }))
    for (const signedIn of [false, true]) {
      // The helper presses English buttons.
      const english = { parameters: { ui_locales: 'en' } }
      if (signedIn) await authorizeInBrowser(page, await stage.request(english))
      for (const [kind, { name, redirectUri }] of Object.entries(REQUESTS)) {
        const metadata = { client_name: name, redirect_uris: [redirectUri] }
        const { client_id: registered } = await register(stage.server.issuer, metadata)
        const clientIds = {
          registered,
          ...(kind !== IMITATING && { configured: configuredId(kind) }),
        }
        for (const [origin, clientId] of Object.entries(clientIds)) {
          await openConsent(page, redirectUri, clientId)
          assert.equal(await page.locator('html').getAttribute('lang'), language)
          if (kind === IMITATING) assert.equal(await page.locator('.caution').count(), 2)
          const what = `consent ${language} ${kind} ${origin} ${signedIn ? 'in' : 'out'}`
          await assertFirstScreen(page, what)
          await takePicture(page, what)
        }
      }
    }
    assert.deepEqual(faults, [])
  })
}

test('axe-core finds no violation on a consent page with two warnings and open Details, in light, dark and forced colours', async () => {
  const { page } = await stage.openTab(await stage.openProfile({ bypassCSP: true }))
  const { name, redirectUri } = REQUESTS[IMITATING]
  const metadata = { client_name: name, redirect_uris: [redirectUri] }
  const { client_id } = await register(stage.server.issuer, metadata)
  await openConsent(page, redirectUri, client_id)
  await page.locator('summary').press('Enter')
  for (const colours of COLOURS) {
    await page.emulateMedia({ ...colours, reducedMotion: 'reduce' })
    assert.deepEqual(await findViolations(page, 'light'), [], JSON.stringify(colours))
    await takePicture(page, `consent colours ${colours.colorScheme} ${colours.forcedColors}`)
  }
})
