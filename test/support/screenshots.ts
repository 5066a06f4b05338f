// Takes a page in every dress that it has, and looks at what a picture alone would not tell.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const dresses = [
  { dress: 'light', colorScheme: 'light', width: 1000, height: 760 },
  { dress: 'dark', colorScheme: 'dark', width: 1000, height: 760 },
  { dress: 'narrow', colorScheme: 'light', width: 375, height: 740 },
] as const

/** The folder for this run's pictures, the same at each run: the last one's are replaced. */
export function openScreenshotFolder(): string {
  const folder = join(tmpdir(), 'mcp-oidc-screenshots')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Saves `name-DRESS.png` for each dress. @throws when the page is wider than its window */
export async function takeScreenshots(page: Page, folder: string, name: string): Promise<void> {
  for (const { dress, colorScheme, width, height } of dresses) {
    // Without motion: a picture taken while colours change shows neither.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height })
    const needed = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(needed <= width, `${name} needs ${needed} px at ${width} px`)
    await page.screenshot({ path: join(folder, `${name}-${dress}.png`), fullPage: true })
  }
}

/** Saves `name.png`: the card alone, with a little of the page around it. */
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
