// Tabs, reloads and the back button, which no protocol diagram shows.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  allow,
  authorizeInBrowser,
  type BrowserStage,
  deny,
  openBrowserStage,
  signIn,
  waitForAnswer,
  waitForHeading,
  waitForSignIn,
} from '../support/browser-stage.ts'
import { ADA, GRACE } from '../support/journey.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

test('two tabs at the same time both finish, each with its own code', async () => {
  const profile = await stage.openProfile()
  const [one, two] = [await stage.openTab(profile), await stage.openTab(profile)]
  const [first, second] = [await stage.request(), await stage.request()]

  await one.page.goto(first.url)
  await two.page.goto(second.url)
  await allow(one.page)
  await allow(two.page)
  await signIn(two.page)
  const secondAnswer = await waitForAnswer(two.page, second)
  await signIn(one.page)
  const firstAnswer = await waitForAnswer(one.page, first)

  assert.equal((await stage.redeem(first, firstAnswer))['sub'], ADA)
  assert.equal((await stage.redeem(second, secondAnswer))['sub'], ADA)
  assert.deepEqual([...one.faults, ...two.faults], [])
})

test('two tabs in which two people sign in each get a token for their own person', async () => {
  const profile = await stage.openProfile()
  const [one, two] = [await stage.openTab(profile), await stage.openTab(profile)]
  const [first, second] = [await stage.request(), await stage.request()]

  await one.page.goto(first.url)
  await two.page.goto(second.url)
  await allow(one.page)
  await allow(two.page)
  await signIn(one.page, ADA)
  const firstAnswer = await waitForAnswer(one.page, first)
  await signIn(two.page, GRACE)
  const secondAnswer = await waitForAnswer(two.page, second)

  assert.equal((await stage.redeem(first, firstAnswer))['sub'], ADA)
  assert.equal((await stage.redeem(second, secondAnswer))['sub'], GRACE)
})

test('a consent page that was open before another tab signed in still works', async () => {
  const profile = await stage.openProfile()
  const [waiting, busy] = [await stage.openTab(profile), await stage.openTab(profile)]
  const [early, late] = [await stage.request(), await stage.request()]

  await waiting.page.goto(early.url)
  await authorizeInBrowser(busy.page, late)
  await allow(waiting.page)
  // The page announces a sign-in, but the person is already signed in at the upstream, which asks nothing.
  const answer = await waitForAnswer(waiting.page, early)
  assert.equal((await stage.redeem(early, answer))['sub'], ADA)
})

test('a consent page that was loaded twice can be approved', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await page.reload()
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('the older of two copies of a page can be approved, and the other then says that the sign-in ended', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const copy = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await copy.page.goto(page.url())
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  await allow(copy.page)
  await waitForHeading(copy.page, 'This sign-in has expired')
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})

test('a person who goes back from the sign-in to the consent page can allow again', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await allow(page)
  await waitForSignIn(page)
  await page.goBack()
  await waitForHeading(page, /^Allow Browser client/)
  await allow(page)
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('a person who goes back from the sign-in can still deny', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await allow(page)
  await waitForSignIn(page)
  await page.goBack()
  await deny(page)
  const { searchParams } = await waitForAnswer(page, request)
  assert.equal(searchParams.get('error'), 'access_denied')
})

test('going back after the redirect shows that the sign-in ended, and the code stays valid', async () => {
  const profile = await stage.openProfile()
  const { page, faults } = await stage.openTab(profile)
  const request = await stage.request()

  const answer = await authorizeInBrowser(page, request)
  const before = stage.listener.answers.length
  await page.goBack()
  await page.goBack()
  assert.ok(page.url().startsWith(`${stage.server.issuer}/interaction/`), page.url())
  await waitForHeading(page, 'This sign-in has expired')
  assert.equal(await page.getByRole('button').count(), 0)
  await page.reload()
  await waitForHeading(page, 'This sign-in has expired')

  assert.equal(stage.listener.answers.length, before, 'the client received nothing more')
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
  assert.deepEqual(faults, [])
})

test('a double click on Allow signs in once', async () => {
  const profile = await stage.openProfile()
  const { page } = await stage.openTab(profile)
  const request = await stage.request()

  await page.goto(request.url)
  await page.getByRole('button', { name: /^Allow/ }).dblclick({ noWaitAfter: true })
  await signIn(page)
  const answer = await waitForAnswer(page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})
