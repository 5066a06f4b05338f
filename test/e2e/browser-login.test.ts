// A normal sign-in in Chromium: consent, sign-in, and what the client receives.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  allow,
  authorizeInBrowser,
  type BrowserStage,
  deny,
  openBrowserStage,
  readText,
  signIn,
  waitForAnswer,
  waitForHeading,
  waitForSignIn,
} from '../support/browser-stage.ts'
import { ADA, buildAuthorization, register } from '../support/journey.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

test('a loopback client receives code, state and iss, and redeems the code', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request({ name: 'Claude Code' })

  await page.goto(request.url)
  await waitForHeading(page, /^Allow Claude Code unverified to use mcp\.example\.com\?$/)
  assert.equal(await page.title(), 'Allow Claude Code?')
  const text = await readText(page.locator('main'))
  assert.ok(text.includes(new URL(request.url).searchParams.get('redirect_uri') ?? 'nothing'))
  assert.match(text, /You’ll sign in with Test sign-in, then return to/)

  await allow(page)
  await waitForSignIn(page)
  assert.ok(page.url().startsWith(stage.server.upstreamIssuer), page.url())
  await signIn(page)
  const answer = await waitForAnswer(page, request)

  assert.ok(answer.href.startsWith(`${stage.listener.redirectUri}?`), answer.href)
  assert.deepEqual([...answer.searchParams.keys()].sort(), ['code', 'iss', 'state'])
  assert.equal(answer.searchParams.get('iss'), stage.server.issuer)
  const token = await stage.redeem(request, answer)
  assert.equal(token['sub'], ADA)
  assert.equal(token['client_id'], request.client.client_id)
  assert.deepEqual(faults, [])
})

test('the browser does not contact the upstream before the person allows', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const seen: string[] = []
  page.on('request', (sent) => seen.push(sent.url()))
  const request = await stage.request()

  await page.goto(request.url)
  assert.ok(!seen.some((url) => url.startsWith(stage.server.upstreamIssuer)), seen.join('\n'))
  const names = (await profile.cookies()).map(({ name }) => name)
  assert.ok(!names.some((name) => name.includes('login')), names.join(', '))
})

test('Deny sends access_denied to the client with state and iss, and nobody signs in', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await deny(page)
  const { searchParams } = await waitForAnswer(page, request)

  assert.equal(searchParams.get('error'), 'access_denied')
  assert.equal(searchParams.get('iss'), stage.server.issuer)
  assert.equal(searchParams.get('code'), null)
  const cookies = await profile.cookies(stage.server.upstreamIssuer)
  assert.ok(!cookies.some(({ name }) => name.startsWith('dev_upstream')))
  assert.deepEqual(faults, [])
})

test('a sign-in works with JavaScript disabled', async () => {
  const profile = await stage.openProfile({ javaScriptEnabled: false })
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()

  const answer = await authorizeInBrowser(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('a sign-in works with only the keyboard: the first Tab visibly focuses Allow', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await page.keyboard.press('Tab')
  const focused = page.locator(':focus')
  assert.equal(await readText(focused), 'Allow')
  const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle)
  assert.equal(outline, 'solid')
  await page.keyboard.press('Tab')
  assert.equal(await readText(focused), 'Deny')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.href.startsWith(stage.server.upstreamIssuer))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')

  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})

test('a redirect to cursor:// leaves the browser, and our CSP does not block it', async () => {
  const { page, faults } = await stage.openTab(await stage.openProfile())
  const redirectUri = 'cursor://anysphere.cursor-mcp/oauth/callback'
  const { issuer } = stage.server
  const client = await register(issuer, { client_name: 'Cursor', redirect_uris: [redirectUri] })
  const { url, state } = buildAuthorization(issuer, client, { redirect_uri: redirectUri })

  await page.goto(url)
  await allow(page)
  const answered = page.waitForResponse(
    (response) => response.headers()['location']?.startsWith('cursor:') === true,
  )
  await signIn(page)
  const answer = new URL((await answered).headers()['location'] ?? '')
  assert.equal(answer.searchParams.get('state'), state)
  assert.ok(answer.searchParams.get('code'))
  assert.deepEqual(faults, [])
})

test('no other site can frame the consent page', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(stage.listener.redirectUri)
  await page.setContent(`<iframe src="${request.url.replaceAll('&', '&amp;')}"></iframe>`)
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame())
  await page.waitForLoadState('networkidle')
  assert.equal(await frame?.getByRole('button').count(), 0)
})
