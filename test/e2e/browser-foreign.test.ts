// One person's approval in another person's browser: MCP Security Best Practices, "OAuth State Parameter
// Validation", and CVE-2026-27124 (an approval that was not bound to the browser that gave it).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  allow,
  type BrowserStage,
  openBrowserStage,
  signIn,
  waitForAnswer,
  waitForHeading,
} from '../support/browser-stage.ts'
import { holdRequest } from '../support/hold-request.ts'
import { ADA, GRACE } from '../support/journey.ts'

let stage: BrowserStage
before(async () => {
  stage = await openBrowserStage()
})
after(() => stage.close())

test('the upstream callback is refused in another browser, and the first browser can finish', async () => {
  const mine = await stage.openTab(await stage.openProfile())
  const other = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  const before = stage.listener.answers.length

  await mine.page.goto(request.url)
  await allow(mine.page)
  const { held: holding } = await holdRequest(mine.page, `${stage.server.issuer}/callback?*`)
  const signedIn = signIn(mine.page)
  const held = await holding

  const response = await other.page.goto(held.url)
  assert.equal(response?.status(), 400)
  await waitForHeading(other.page, 'This sign-in cannot continue here')
  assert.deepEqual(await other.page.context().cookies(stage.server.issuer), [])
  assert.deepEqual(other.faults, [])
  assert.equal(stage.listener.answers.length, before)

  await held.release()
  await signedIn
  const answer = await waitForAnswer(mine.page, request)
  assert.equal((await stage.redeem(request, answer))['sub'], ADA)
})

test('a victim who signs in through a link that an attacker approved is refused', async () => {
  const attacker = await stage.openTab(await stage.openProfile())
  const victim = await stage.openTab(await stage.openProfile())
  const request = await stage.request()
  const before = stage.listener.answers.length

  await attacker.page.goto(request.url)
  const { held: holding } = await holdRequest(
    attacker.page,
    `${stage.server.upstreamIssuer}/auth?*`,
  )
  const allowed = allow(attacker.page)
  const { url, release } = await holding

  await victim.page.goto(url)
  await signIn(victim.page, GRACE)
  await waitForHeading(victim.page, 'This sign-in cannot continue here')
  assert.equal(stage.listener.answers.length, before)
  await release()
  await allowed
})

test('a consent page opened in another browser by its URL shows nothing of the request', async () => {
  const mine = await stage.openTab(await stage.openProfile())
  const other = await stage.openTab(await stage.openProfile())
  const request = await stage.request({ name: 'Private client' })

  await mine.page.goto(request.url)
  const response = await other.page.goto(mine.page.url())
  assert.equal(response?.status(), 400)
  await waitForHeading(other.page, 'This sign-in has expired')
  assert.doesNotMatch(await other.page.content(), /Private client/)
})
