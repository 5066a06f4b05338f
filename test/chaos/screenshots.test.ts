// Every consent page has its status, an empty console and no horizontal scrolling, also at 375 px. With SCREENSHOTS=DIR,
// pictures of them are taken. Other pages: screenshots-messages.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
} from '../support/browser-stage.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { openScreenshotFolder, takeCardPicture, takeScreenshots } from '../support/screenshots.ts'

const RESOURCE = 'https://mcp.example.com/mcp'
const SCOPE = 'openid profile email issues:read issues:write'

const redirects = {
  https: 'https://claude.ai/api/mcp/auth_callback',
  loopback: 'http://127.0.0.1:33418/callback',
  'private-use': 'cursor://anysphere.cursor-mcp/oauth/callback',
}

const file = {
  resourceServers: [
    {
      resource: RESOURCE,
      name: 'Issue tracker',
      scopes: {
        'issues:read': 'Read your issues and comments',
        'issues:write': { en: 'Create and change issues in your name', risk: 'write' },
      },
    },
  ],
  clients: Object.entries(redirects).map(([kind, redirectUri]) => ({
    client_id: `configured-${kind}`,
    client_name: 'Team assistant',
    redirect_uris: [redirectUri],
  })),
}

const folder = openScreenshotFolder()
let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage({ file, env: { RESOURCES: '', UPSTREAM_NAME: 'Acme ID' } })
})
after(() => stage.close())

async function openConsent(page: Page, clientId: string, redirectUri: string) {
  const request = buildAuthorization(
    stage.server.issuer,
    { client_id: clientId },
    { redirect_uri: redirectUri, scope: SCOPE },
  )
  return page.goto(request.url)
}

for (const isSignedIn of [false, true]) {
  const suffix = isSignedIn ? 'signed-in' : 'signed-out'
  test(`every consent page fits its window, wide and narrow (${suffix})`, async () => {
    const { page, faults } = await stage.openTab(await stage.openProfile())
    if (isSignedIn) await authorizeInBrowser(page, await stage.request())
    for (const [kind, redirectUri] of Object.entries(redirects)) {
      const registered = await register(stage.server.issuer, {
        client_name: 'Claude Code',
        redirect_uris: [redirectUri],
      })
      const origins = { configured: `configured-${kind}`, registered: registered.client_id }
      for (const [origin, clientId] of Object.entries(origins)) {
        const response = await openConsent(page, clientId, redirectUri)
        assert.equal(response?.status(), 200)
        await takeScreenshots(page, folder, `consent-${origin}-${kind}-${suffix}`)
      }
    }
    assert.deepEqual(faults, [])
  })
}

test('a consent page with long and strange names fits its window, wide and narrow', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const redirectUri = `https://${'very-long-name-'.repeat(4)}end.${'sub.'.repeat(12)}example.com/${'callback'.repeat(20)}`
  const { client_id } = await register(stage.server.issuer, {
    client_name: `${'Uncommonlylongname'.repeat(6)} \u202e evil`,
    redirect_uris: [redirectUri],
  })
  const response = await openConsent(page, client_id, redirectUri)
  assert.equal(response?.status(), 200)
  await takeScreenshots(page, folder, 'consent-long-names')
  assert.deepEqual(faults, [])
})

// docs/images/consent.png is this picture in 256 colours. Replace it when the page looks different.
if (folder !== undefined) {
  test('the picture of the README is the consent page of a command-line client', async () => {
    const profile = await stage.openProfile({
      colorScheme: 'light',
      deviceScaleFactor: 1.5,
      viewport: { width: 640, height: 900 },
    })
    const { page } = await stage.openTab(profile)
    const redirectUri = 'http://localhost:51729/callback'
    const { client_id } = await register(stage.server.issuer, {
      client_name: 'Claude Code',
      redirect_uris: [redirectUri],
    })
    await openConsent(page, client_id, redirectUri)
    await takeCardPicture(page, folder, 'readme-consent')
  })
}
