// A web client on another site, so that its requests are cross-site.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import {
  allow,
  authorizeInBrowser,
  type BrowserStage,
  openBrowserStage,
  readText,
  signIn,
  waitForAnswer,
  waitForHeading,
} from '../support/browser-stage.ts'
import { ADA, buildAuthorization, GRACE, redeem, register } from '../support/journey.ts'
import { startWebClient, type WebClient } from '../support/web-client.ts'

let web: WebClient
let browser: Browser
let stage: BrowserStage
before(async () => {
  web = await startWebClient()
  browser = await web.openBrowser()
  stage = await openBrowserStage({ browser })
})
after(async () => {
  await stage.close()
  await browser.close()
  await web.close()
})

const openTab = async () => stage.openTab(await stage.openProfile({ ignoreHTTPSErrors: true }))

async function requestOfSite(parameters: Record<string, string> = {}) {
  const { issuer } = stage.server
  const client = await register(issuer, {
    client_name: 'Web client',
    redirect_uris: [web.redirectUri],
  })
  const all = { redirect_uri: web.redirectUri, ...parameters }
  return { client, ...buildAuthorization(issuer, client, all) }
}

type SiteRequest = Awaited<ReturnType<typeof requestOfSite>>

async function subjectOf({ client, codeVerifier }: SiteRequest, answer: URL) {
  const parts = { answer, codeVerifier, redirectUri: web.redirectUri }
  const { status, body } = await redeem(stage.server.issuer, client, parts)
  assert.equal(status, 200, JSON.stringify(body))
  const [, payload = ''] = String(body['access_token']).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sub
}

const inHtml = (url: string) => url.replaceAll('&', '&amp;')

test('the browser of these tests blocks third-party cookies', async () => {
  const { page } = await openTab()
  const site = web.publish('/site', 'A site')
  const loaded = page.waitForResponse(site)
  await page.goto(stage.listener.redirectUri)
  await page.setContent(`<iframe src="${site}"></iframe>`)
  await loaded
  assert.deepEqual(await page.context().cookies(web.origin), [])
  await page.goto(site)
  assert.equal((await page.context().cookies(web.origin)).length, 1)
})

test('a link on another site starts an authorization, twice in one browser', async () => {
  const { page, faults } = await openTab()
  const first = await requestOfSite()
  await page.goto(web.publish('/first', `<a href="${inHtml(first.url)}">Connect</a>`))
  await page.getByRole('link').click()
  await allow(page)
  await signIn(page)
  assert.equal(await subjectOf(first, await waitForAnswer(page, first)), ADA)

  const second = await requestOfSite()
  await page.goto(web.publish('/second', `<a href="${inHtml(second.url)}">Connect</a>`))
  await page.getByRole('link').click()
  await waitForHeading(page, /^Allow Web client/)
  assert.match(await readText(page.locator('header')), /Ada Byron/)
  await allow(page)
  assert.equal(await subjectOf(second, await waitForAnswer(page, second)), ADA)
  assert.deepEqual(faults, [])
})

test('a form on another site can post the request', async () => {
  const { page, faults } = await openTab()
  const request = await requestOfSite()
  const { origin, pathname, searchParams } = new URL(request.url)
  const inputs = [...searchParams].map(([name, value]) => `<input name="${name}" value="${value}">`)
  const form = `<form method="post" action="${origin}${pathname}">${inputs.join('')}<button>Go</button>`
  await page.goto(web.publish('/form', form))
  await page.getByRole('button').click()
  await allow(page)
  await signIn(page)
  assert.equal(await subjectOf(request, await waitForAnswer(page, request)), ADA)
  assert.deepEqual(faults, [])
})

test('a popup of another site can pass the response to its opener', async () => {
  const { page } = await openTab()
  const request = await requestOfSite()
  const script = `addEventListener('message', (event) => { document.title = event.data })
    document.querySelector('button').onclick = () => open(${JSON.stringify(request.url)})`
  await page.goto(web.publish('/popup', `<button>Connect</button><script>${script}</script>`))
  const opened = page.waitForEvent('popup')
  await page.getByRole('button').click()
  const popup = await opened
  await allow(popup)
  await signIn(popup)
  await page.waitForFunction(() => document.title.startsWith('?'))
  const answer = new URL(`${web.redirectUri}${await page.title()}`)
  assert.equal(answer.searchParams.get('state'), request.state)
  assert.equal(await subjectOf(request, answer), ADA)
})

test('with two accounts in one browser, each code is for the person who allowed it', async () => {
  const { page } = await openTab()
  const mine = await requestOfSite()
  await page.goto(mine.url)
  await allow(page)
  await signIn(page, ADA)
  const first = await waitForAnswer(page, mine)
  const yours = await requestOfSite({ prompt: 'select_account' })
  const answer = await authorizeInBrowser(page, yours, GRACE)
  assert.equal(await subjectOf(yours, answer), GRACE)
  assert.equal(await subjectOf(mine, first), ADA)
})

test('another site cannot press Allow, even if the person is signed in and the page is open', async () => {
  const { page } = await openTab()
  const before = await requestOfSite()
  await page.goto(before.url)
  await allow(page)
  await signIn(page)
  await waitForAnswer(page, before)
  const count = web.answers.length

  await page.goto((await requestOfSite()).url)
  const form = `<form method="post" action="${page.url()}/approve"><button>Win a prize</button>`
  await page.goto(web.publish('/clickjack', form))
  const answered = page.waitForResponse((response) => response.url().endsWith('/approve'))
  await page.getByRole('button').click()
  assert.equal((await answered).status(), 400)
  assert.equal(web.answers.length, count)
})

test('in a frame of another site, our pages have no cookies and show nothing', async () => {
  const { page } = await openTab()
  const { url } = await requestOfSite()
  const loaded = page.waitForResponse((response) => response.url().includes('/interaction/'))
  await page.goto(web.publish('/frame', `<iframe src="${inHtml(url)}"></iframe>`))
  assert.equal((await loaded).status(), 400)
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame())
  assert.equal(await frame?.getByRole('button').count(), 0)
  assert.deepEqual(await page.context().cookies(stage.server.issuer), [])
})
