// Requests whose consent page must fit a small screen, and the check that it does.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** A laptop, a small laptop with the browser's bars, and a phone. */
const SCREENS = [
  { width: 1280, height: 720 },
  { width: 1366, height: 650 },
  { width: 375, height: 667 },
] as const

/** An MCP server whose scopes have descriptions of a usual length, in each language the same. */
export const TRACKER = {
  resourceServers: [
    {
      resource: 'https://mcp.example.com/mcp',
      name: 'Issue tracker',
      scopes: {
        'issues:read': 'Read your issues and comments',
        'issues:write': { en: 'Create and change issues', risk: 'write' },
        'issues:delete': { en: 'Remove issues and comments', risk: 'delete' },
      },
    },
  ],
}

export const FOUR_SCOPES = 'openid email issues:write issues:delete'

/** Client names and redirect URIs, by how unusual the page finds them. */
export const REQUESTS = {
  'known website': { name: 'Claude', redirectUri: 'https://claude.ai/api/mcp/auth_callback' },
  'unknown website': { name: 'Planner', redirectUri: 'https://planner.example/callback' },
  'this computer': { name: 'Claude Code', redirectUri: 'http://127.0.0.1:33418/callback' },
  forwarded: { name: 'Visual Studio Code', redirectUri: 'https://vscode.dev/redirect' },
  'an app': { name: 'Cursor', redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback' },
  // With two warnings, the tallest page.
  'an imitating app': {
    name: 'Сursоr',
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
  },
} as const

/** Asserts for each screen: Allow and Deny are in view, of equal size and side by side, and nothing is wider than the screen. */
export async function assertFirstScreen(page: Page, what: string): Promise<void> {
  for (const screen of SCREENS) {
    await page.setViewportSize(screen)
    const where = `${what}, ${screen.width} × ${screen.height}`
    const buttons = await page.locator('.decision button').all()
    const [allow, deny] = await Promise.all(buttons.map((button) => button.boundingBox()))
    assert.ok(allow && deny && buttons.length === 2, where)
    assert.ok(
      allow.y + allow.height <= screen.height,
      `${where}: ends at ${allow.y + allow.height}`,
    )
    assert.deepEqual([deny.y, deny.width, deny.height], [allow.y, allow.width, allow.height], where)
    assert.ok(deny.x >= allow.x + allow.width || allow.x >= deny.x + deny.width, where)
    const needed = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(needed <= screen.width, `${where}: needs ${needed} px`)
  }
}
