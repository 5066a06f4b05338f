// What was ended stays ended, however long somebody waits: records expire, and browser sessions can outlive them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../../scripts/dev/user-agent.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { type Access, openAccess } from '../../support/access.ts'
import { isSignedIn, openAccount } from '../../support/account.ts'
import { DAY_SECONDS, mockClock, type TestClock } from '../../support/clock.ts'
import {
  ADA,
  buildAuthorization,
  GRACE,
  isAnswer,
  LINUS,
  logIn,
  REDIRECT_URI,
  register,
} from '../../support/journey.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const HOUR_SECONDS = 3600
const SHIFT_SECONDS = 8 * HOUR_SECONDS
const SESSION_SECONDS = 14 * DAY_SECONDS

let clock: TestClock
let server: TestServer
let access: Access
before(async () => {
  clock = mockClock()
  const store = createMemoryStore({ now: Date.now })
  server = await startTestServer({
    overrides: { store },
    file: {
      lifetimes: {
        refreshTokenSeconds: SHIFT_SECONDS,
        refreshMaxLifetimeSeconds: SHIFT_SECONDS,
        sessionSeconds: SESSION_SECONDS,
      },
    },
  })
  access = openAccess(server.config, store)
})
after(async () => {
  await server.close()
  clock.restore()
})

const end = (sub: string, disable = false) =>
  access.control.endAccess({ sub, what: 'everything', disable, reason: 'admin' })

/** A browser with a session of the person, which has been ended. */
async function endedSession(person: string): Promise<UserAgent> {
  const agent = createUserAgent()
  await logIn(server.issuer, { agent, person })
  assert.equal(isSignedIn(await openAccount(server, agent)), true)
  await end(person)
  return agent
}

/** Until the account has no record any more. The engine renews a session before it knows that the request is faulty. */
async function keepAlive(agent: UserAgent, person: string): Promise<void> {
  for (let visit = 0; visit < 3; visit += 1) {
    clock.advance(SESSION_SECONDS / 2)
    await agent.open(`${server.issuer}/authorize?client_id=unknown`)
  }
  assert.equal(await access.find(person), undefined)
}

async function assertSignedOut(agent: UserAgent): Promise<void> {
  assert.equal(isSignedIn(await openAccount(server, agent)), false)
  const { url } = buildAuthorization(server.issuer, await register(server.issuer))
  const page = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
  assert.doesNotMatch(page.body, /Switch account/)
}

test("a session that was ended stays ended after its account's record has expired, if sessions live longer than grants", async () => {
  const thief = await endedSession(ADA)
  clock.advance(SHIFT_SECONDS + DAY_SECONDS + 1)
  await logIn(server.issuer)
  await assertSignedOut(thief)
})

test('the same if a browser keeps the session alive for longer than the record', async () => {
  const thief = await endedSession(GRACE)
  await keepAlive(thief, GRACE)
  await logIn(server.issuer, { person: GRACE })
  await assertSignedOut(thief)
})

test('the same if the account was disabled and enabled while it had no record', async () => {
  await endedSession(LINUS)
  const thief = await endedSession(LINUS)
  await keepAlive(thief, LINUS)
  await end(LINUS, true)
  await access.control.enableAccount({ sub: LINUS, reason: 'admin' })
  await assertSignedOut(thief)
})

test('a live session lasts as long as sessionSeconds says, and its account with it', async () => {
  const agent = createUserAgent()
  await logIn(server.issuer, { agent })
  clock.advance(SESSION_SECONDS - HOUR_SECONDS)
  assert.equal(isSignedIn(await openAccount(server, agent)), true)
})
