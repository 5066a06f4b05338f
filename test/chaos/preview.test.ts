// Every page in every language, and in a mirrored one: none is wider than its window, with all its details open and at 400 %,
// and axe-core finds nothing, in English also in dark and forced colours. With SCREENSHOTS=DIR, takes pictures of all.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { SAMPLE_PAGES } from '../../scripts/dev/preview/sample-pages.ts'
import { LANGUAGES } from '../../src/config/language.ts'
import { findViolations } from '../support/axe.ts'
import { type BrandedConfig, openBrandedConfig } from '../support/branded-config.ts'
import { openBrowser } from '../support/browser.ts'
import { openDevelopment } from '../support/development.ts'
import { openScreenshotFolder } from '../support/screenshots.ts'

const folder = openScreenshotFolder()

let branded: BrandedConfig
let development: Awaited<ReturnType<typeof openDevelopment>>
let browser: Browser
let page: Page
before(async () => {
  browser = await openBrowser()
  branded = openBrandedConfig()
  const CONFIG_FILE = join(branded.folder, 'config.json')
  writeFileSync(CONFIG_FILE, JSON.stringify({ branding: branded.file['branding'] }))
  development = await openDevelopment({ env: { CONFIG_FILE } })
  page = await (await browser.newContext({ bypassCSP: true, reducedMotion: 'reduce' })).newPage()
})
after(async () => {
  await browser.close()
  await development.close()
  branded.close()
})

for (const language of [...LANGUAGES, 'mirrored']) {
  test(`every page in "${language}" fits a phone and a laptop, and axe-core finds nothing`, async () => {
    for (const name of SAMPLE_PAGES.keys()) {
      await page.setViewportSize({ width: 375, height: 667 })
      await page.goto(`${development.issuer}/_preview/${language}/${name}`)
      if (folder) await page.screenshot({ path: join(folder, `${language}-${name}.png`) })
      const widths = await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
        return document.documentElement.scrollWidth
      })
      assert.ok(widths <= 375, `${name} needs ${widths} px at 375 px`)
      assert.deepEqual(await findViolations(page, 'light'), [], name)
      // Colours do not depend on the language.
      if (language === 'en') {
        await page.emulateMedia({ colorScheme: 'dark' })
        assert.deepEqual(await findViolations(page, 'dark'), [], `${name}, dark`)
        await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' })
        assert.deepEqual(await findViolations(page, 'dark'), [], `${name}, forced colours`)
        await page.emulateMedia({ colorScheme: null, forcedColors: null })
      }
      await page.setViewportSize({ width: 1280, height: 720 })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(wide <= 1280, `${name} needs ${wide} px at 1280 px`)
      // WCAG 1.4.10: a window of 1280 px at 400 %.
      await page.setViewportSize({ width: 320, height: 256 })
      const zoomed = await page.evaluate(() => document.documentElement.scrollWidth)
      assert.ok(zoomed <= 320, `${name} needs ${zoomed} px at 400 %`)
    }
  })
}
