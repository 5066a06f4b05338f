// The host's clock is wrong for a while: records that nobody used meanwhile survive it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openStore } from '../../src/store/open-store.ts'
import { DAY_SECONDS } from '../support/clock.ts'
import { buildAuthorization, isAnswer, logIn, REDIRECT_URI, refresh } from '../support/journey.ts'
import { startTestServer } from '../support/server.ts'

test('with SQLite, half a minute with the clock 40 days ahead ends no session and no refresh token', async (t) => {
  const startedAtMs = Date.now()
  mock.timers.enable({ apis: ['Date', 'setInterval'], now: startedAtMs })
  t.after(() => mock.timers.reset())
  const directory = await mkdtemp(join(tmpdir(), 'clock-'))
  t.after(() => rm(directory, { recursive: true }))
  let monotonicMs = 0
  const monotonicNow = () => monotonicMs
  const store = await openStore({ url: `sqlite:${directory}/store.db`, monotonicNow })
  const server = await startTestServer({ overrides: { store } })
  t.after(server.close)

  /** The sweep runs at the end. */
  const pass = (seconds: number) => {
    monotonicMs += seconds * 1000
    mock.timers.tick(seconds * 1000)
  }
  pass(900)
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, { agent })
  mock.timers.setTime(Date.now() + 40 * DAY_SECONDS * 1000)
  pass(30)
  mock.timers.setTime(Date.now() - 40 * DAY_SECONDS * 1000)

  const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.deepEqual([status, body['error']], [200, undefined])
  const consent = await agent.open(buildAuthorization(server.issuer, client).url)
  const page = await agent.submit(consent, { button: /^Allow/, until: isAnswer(REDIRECT_URI) })
  assert.ok(new URL(page.url).searchParams.has('code'), 'the browser is still signed in')
})
