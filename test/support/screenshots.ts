// Checks that a page is not wider than its window. With SCREENSHOTS=DIR, takes pictures of it too, for people to look at:
// docs/testing.md.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'

const variants = [
  { variant: 'light', colorScheme: 'light', width: 1000, height: 760 },
  { variant: 'dark', colorScheme: 'dark', width: 1000, height: 760 },
  { variant: 'narrow', colorScheme: 'light', width: 375, height: 740 },
] as const

/** The folder that SCREENSHOTS names; undefined: no pictures are taken, which cost more than all else of these tests. */
export function openScreenshotFolder(): string | undefined {
  const { SCREENSHOTS } = process.env
  if (!SCREENSHOTS) return undefined
  const folder = resolve(SCREENSHOTS)
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Checks each variant, or one, and saves it as `NAME-VARIANT.png` if there is a folder.
 * @throws if the page is wider than its window
 */
export async function takeScreenshots(
  page: Page,
  folder: string | undefined,
  name: string,
  only?: (typeof variants)[number]['variant'],
): Promise<void> {
  const taken = variants.filter(
    // Colours change no width.
    ({ variant }) =>
      only === undefined ? folder !== undefined || variant !== 'dark' : variant === only,
  )
  for (const { variant, colorScheme, width, height } of taken) {
    // Without motion, because a screenshot during a colour transition would show neither colour.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height })
    const needed = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(needed <= width, `${name} needs ${needed} px at ${width} px`)
    if (folder === undefined) continue
    await page.screenshot({ path: join(folder, `${name}-${variant}.png`), fullPage: true })
  }
}

/** Saves `NAME.png`: only the card, with a narrow margin. */
export async function takeCardPicture(page: Page, folder: string, name: string): Promise<void> {
  const card = await page.locator('main').boundingBox()
  assert.ok(card, 'the page has no card')
  const margin = 16
  const clip = {
    x: card.x - margin,
    y: card.y - margin,
    width: card.width + 2 * margin,
    height: card.height + 2 * margin,
  }
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip })
}
