// A person whom the access rules refuse, in Chromium: what they read, and each way on. Linus Berg's address is not
// verified, and Grace Murray may only read.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  type AuthorizationRequest,
  allow,
  type BrowserStage,
  openBrowserStage,
  press,
  readText,
  signIn,
  waitForAnswer,
  waitForHeading,
} from '../support/browser-stage.ts'
import { GRACE, LINUS } from '../support/journey.ts'
import { TWO_SCOPES } from '../support/remembering.ts'
import { openScreenshotFolder, takeScreenshots } from '../support/screenshots.ts'

const folder = openScreenshotFolder()
const HEADING = 'This account has no access'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage({
    env: { RESOURCES: '' },
    file: {
      ...TWO_SCOPES,
      access: {
        contact: 'help@example.com',
        rules: [
          { name: 'readers', when: { emailDomain: 'example.com' }, scopes: ['crm:read'] },
          { name: 'writers', when: { email: 'ada@example.com' } },
        ],
      },
    },
  })
})
after(() => stage.close())

/** Signs in as a person whom the rules refuse. */
async function openRefusal(page: Page, options: { person: string; scope?: string }) {
  const { person, scope = 'crm:read' } = options
  const request = await stage.request({ parameters: { scope } })
  await page.goto(request.url)
  await allow(page)
  await signIn(page, person)
  await waitForHeading(page, HEADING)
  return request
}

async function assertWaysOn(page: Page, request: AuthorizationRequest): Promise<void> {
  await press(page, 'Use another account')
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  const claims = await stage.redeem(request, answer)
  assert.equal(claims['sub'], 'dev-1815')
}

test('a refused person reads which account it is, and goes on with another one', async () => {
  const { page, faults, status } = await stage.openTab(await stage.openProfile())
  const request = await openRefusal(page, { person: LINUS })
  assert.equal(status(), 403)
  const text = await readText(page.locator('main'))
  assert.match(text, /You signed in as Linus Berg \(linus@example\.org\) with Test sign-in\./)
  assert.match(text, /not allowed to use CRM/)
  const link = page.getByRole('link', { name: 'help@example.com' })
  assert.equal(await link.getAttribute('href'), 'mailto:help@example.com')
  await takeScreenshots(page, folder, 'message-refused')
  await assertWaysOn(page, request)
  assert.deepEqual(faults, [])
})

test('a refused person goes back to the client, which gets access_denied', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const request = await openRefusal(page, { person: GRACE, scope: 'crm:write' })
  assert.match(await readText(page.locator('main')), /not with the permissions/)
  await takeScreenshots(page, folder, 'message-refused-permissions')
  await press(page, 'Go back to the app')
  const { searchParams } = await waitForAnswer(page, request)
  assert.equal(searchParams.get('error'), 'access_denied')
  assert.deepEqual(faults, [])
})

test('in a signed-in browser, another account leads over the consent page', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const first = await stage.request({ parameters: { scope: 'crm:read' } })
  await page.goto(first.url)
  await allow(page)
  await signIn(page, GRACE)
  await waitForAnswer(page, first)

  const request = await stage.request({ parameters: { scope: 'crm:write' } })
  await page.goto(request.url)
  await waitForHeading(page, HEADING)
  await page.getByRole('link', { name: 'Use another account' }).click()
  await page.getByRole('button', { name: 'Allow' }).press('Enter')
  await signIn(page)
  const claims = await stage.redeem(request, await waitForAnswer(page, request))
  assert.equal(claims['scope'], 'crm:write')
  assert.deepEqual(faults, [])
})
