// axe-core in a page of Chromium. The profile must bypass the CSP.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

export type Scheme = 'light' | 'dark'

export async function findViolations(page: Page, scheme: Scheme): Promise<string[]> {
  if (scheme === 'light') await page.addScriptTag({ path: AXE })
  // The stripe of the card is a gradient, and axe-core does not compute contrasts against gradients.
  const style = await page.addStyleTag({ content: '.card { background: var(--card) }' })
  const options: RunOptions = {
    resultTypes: ['violations'],
    ...(scheme === 'dark' && { runOnly: ['color-contrast'] }),
  }
  const results = await page.evaluate((given) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    return axe.run(given)
  }, options)
  await style.evaluate((element) => (element as Element).remove())
  const ruleIds = [...results.passes, ...results.violations].map(({ id }) => id)
  assert.ok(ruleIds.includes('color-contrast'))
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
