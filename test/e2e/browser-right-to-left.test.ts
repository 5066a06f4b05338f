// Pages in a language that is written from right to left: a mirrored catalogue stands for one, on the preview of
// `npm run dev`. test/chaos/preview.test.ts looks at every page in every language.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type BrandedConfig, openBrandedConfig } from '../support/branded-config.ts'
import { openBrowser, openTab, type Tab } from '../support/browser.ts'
import { openDevelopment } from '../support/development.ts'

let branded: BrandedConfig
let development: Awaited<ReturnType<typeof openDevelopment>>
let browser: Browser
let tab: Tab
before(async () => {
  browser = await openBrowser()
  branded = openBrandedConfig()
  const CONFIG_FILE = join(branded.folder, 'config.json')
  writeFileSync(CONFIG_FILE, JSON.stringify({ branding: branded.file['branding'] }))
  development = await openDevelopment({ env: { CONFIG_FILE } })
  tab = await openTab(await browser.newContext(), development.issuer)
})
after(async () => {
  await browser.close()
  await development.close()
  branded.close()
})

async function open(page: Page, name: string) {
  await page.goto(`${development.issuer}/_preview/mirrored/${name}`)
}

const SIZES = [
  { width: 1280, height: 720 },
  { width: 375, height: 667 },
]

for (const name of ['consent-step-up', 'account', 'problem-resource-unknown']) {
  test(`the page "${name}" fits its window from right to left`, async () => {
    const { page } = tab
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await open(page, name)
      const widths = await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
        const { scrollWidth, clientWidth } = document.documentElement
        return { scrollWidth, clientWidth }
      })
      assert.equal(widths.scrollWidth, widths.clientWidth, `${size.width}`)
    }
  })
}

test('headings and lists begin at the right, the logo is right of the name, and addresses read from left to right', async () => {
  const { page, faults } = tab
  await page.setViewportSize({ width: 1280, height: 720 })
  await open(page, 'consent')
  const found = await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
    const query = (selector: string) => {
      const element = document.querySelector(selector)
      if (!element) throw new Error(`no ${selector}`)
      return element
    }
    const textOf = (element: Element) => {
      const range = document.createRange()
      range.selectNodeContents(element)
      return range.getBoundingClientRect()
    }
    const gaps = (element: Element) => {
      const [box, text] = [element.getBoundingClientRect(), textOf(element)]
      return { before: box.right - text.right, after: text.left - box.left }
    }
    const list = getComputedStyle(query('main ul'))
    return {
      paragraph: gaps(query('.fineprint p')),
      logo: query('header img').getBoundingClientRect().left,
      name: query('header span').getBoundingClientRect().right,
      padding: { right: list.paddingRight, left: list.paddingLeft },
      address: getComputedStyle(query('bdi.address')).direction,
    }
  })
  assert.ok(found.paragraph.before < 2, JSON.stringify(found))
  assert.ok(found.logo > found.name, JSON.stringify(found))
  assert.equal(found.padding.left, '0px')
  assert.equal(found.address, 'ltr')
  assert.deepEqual(faults, [])
})
