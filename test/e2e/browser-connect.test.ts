// The page on which a person connects an MCP server with the upstream, in Chromium: by keyboard and without scripts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { press, waitForHeading } from '../support/browser-stage.ts'
import { type ConnectStage, openConnectStage } from '../support/connect-stage.ts'
import { exchange } from '../support/exchange.ts'
import { openScreenshotFolder, takeScreenshots } from '../support/screenshots.ts'

const folder = openScreenshotFolder()
let stage: ConnectStage
before(async () => {
  stage = await openConnectStage()
})
after(() => stage.close())

test('a person who connects an MCP server reads what it gets, and it is served at once: by keyboard, without scripts', async () => {
  const { issuer } = stage.server
  const { token, url } = await stage.needConnection()
  const profile = await stage.openProfile({ javaScriptEnabled: false })
  const { page, faults, status } = await stage.openTab(profile)
  await page.goto(url)
  assert.equal(status(), 200)
  await waitForHeading(page, 'Connect Calendar with Test sign-in?')
  assert.match((await page.locator('main').textContent()) ?? '', /calendar\.read/)
  await takeScreenshots(page, folder, 'connect')

  await press(page, /^Connect and sign in with/)
  await waitForHeading(page, 'Connected')
  assert.match((await page.locator('main').textContent()) ?? '', /canary-mail@example\.com/)
  assert.equal((await exchange(issuer, token)).status, 200)
  await takeScreenshots(page, folder, 'connected')

  // Opened again, there is nothing left to do.
  await page.goto(url)
  await waitForHeading(page, 'Connected')
  assert.equal(await page.getByRole('button').count(), 0)
  assert.deepEqual(faults, [])
  await profile.close()
})
