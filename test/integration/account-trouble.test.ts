// The account page in trouble: a disabled account, a store that fails, limits, a full server, and the cookies of an https
// issuer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { openAccess } from '../support/access.ts'
import { grantsOn, isSignedIn, openAccount, signInToAccount, tokenOn } from '../support/account.ts'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import { openHeldStore } from '../support/held-store.ts'
import { ADA, GRACE, isAnswer, logIn, obtainTokens, refresh } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const failing = await openFailingStore()
const { server, client } = await openClientStage({ overrides: { store: failing.store } })
const { control } = openAccess(server.config, failing.store)

test('a disabled account is signed out of the page, sees nothing, ends nothing, and cannot sign in', async () => {
  const { agent, page } = await signInToAccount(server, { person: GRACE })
  await control.endAccess({ sub: GRACE, what: 'everything', disable: true, reason: 'admin' })
  assert.ok(!isSignedIn(await openAccount(server, agent)))
  const late = await agent.submit(page, { button: 'Sign out in all browsers' })
  assert.equal(late.status, 403)
  const logout = await agent.open(`${server.issuer}/logout`)
  assert.match(logout.body, /Nobody is signed in/)

  const refused = await agent.submit(await openAccount(server, agent), { button: /^Sign in/ })
  assert.equal(refused.status, 403)
  assertErrorPage(refused, server)
  assert.match(refused.body, /href="\/account"/)
  assert.ok(!isSignedIn(await openAccount(server, agent)))

  await control.enableAccount({ sub: GRACE, reason: 'admin' })
  assert.ok(!isSignedIn(await openAccount(server, agent)), 'what was ended stays ended')
  assert.ok(isSignedIn((await signInToAccount(server, { agent })).page), 'control')
})

test('a removal is in the audit log, without the person', async () => {
  const agent = createUserAgent()
  await obtainTokens(server.issuer, client, { agent })
  const page = await openAccount(server, agent)
  const [grant = ''] = grantsOn(page)
  server.logLines.length = 0
  await agent.submit(page, { button: { name: 'grant', value: grant } })
  const entries = server.logLines.map((line) => JSON.parse(line))
  const [entry, ...more] = entries.filter(({ audit }) => audit !== undefined)
  assert.deepEqual(more, [])
  assert.equal(entry.audit, 'grant_ended')
  assert.equal(entry.reason, 'account_page')
  assert.equal(entry.grant, grant)
  assert.doesNotMatch(server.logLines.join('\n'), new RegExp(`${ADA}|ada@example|csrf`))
})

const noFurther = () => true

/** With one grant on the list. */
async function openPage() {
  await control.endAccess({ sub: ADA, what: 'grants', reason: 'admin' })
  const agent = createUserAgent()
  const { body } = await obtainTokens(server.issuer, client, { agent })
  const page = await openAccount(server, agent)
  const [grant = ''] = grantsOn(page)
  return { agent, page, grant, refreshToken: body['refresh_token'] }
}
type Opened = Awaited<ReturnType<typeof openPage>>

/** What a person does, and what must be true when the store is back and they have done it again. */
const ACTIONS: Readonly<
  Record<
    string,
    {
      ask(opened: Opened): Promise<{ status: number; headers: Headers; body: string }>
      check(opened: Opened): Promise<void>
    }
  >
> = {
  'opening the page': {
    ask: ({ agent }) => openAccount(server, agent),
    check: async ({ agent }) => assert.ok(isSignedIn(await openAccount(server, agent))),
  },
  'removing a client': {
    ask: ({ agent, page, grant }) =>
      agent.submit(page, { button: { name: 'grant', value: grant }, until: noFurther }),
    async check({ agent, page, grant, refreshToken }) {
      await agent.submit(page, { button: { name: 'grant', value: grant } })
      const { body } = await refresh(server.issuer, client, refreshToken)
      assert.equal(body['error'], 'invalid_grant')
    },
  },
  'signing out here': {
    ask: ({ agent, page }) => agent.submit(page, { button: 'Sign out here', until: noFurther }),
    async check({ agent, page }) {
      await agent.submit(page, { button: 'Sign out here' })
      assert.ok(!isSignedIn(await openAccount(server, agent)))
    },
  },
}

for (const failure of ['before', 'after'] as const) {
  for (const [name, { ask, check }] of Object.entries(ACTIONS)) {
    test(`${name} is a 503 with a page if the store fails ${failure} any command, and works afterwards`, async () => {
      await failAtEachCommand(failing, failure, {
        prepare: openPage,
        ask,
        async check(answer, opened, when) {
          assert.equal(answer.status, 503, when)
          assertErrorPage(answer, server, when)
          await check(opened)
        },
      })
    })
  }

  test(`a sign-in leads back to the page if the store fails ${failure} any command, and can be repeated`, async () => {
    await failAtEachCommand(failing, failure, {
      async prepare() {
        const agent = createUserAgent()
        const login = await agent.submit(await openAccount(server, agent), { button: /^Sign in/ })
        const until = isAnswer(`${server.issuer}/callback`)
        const button = { name: 'person', value: ADA }
        return { agent, callback: (await agent.submit(login, { button, until })).url }
      },
      ask: ({ agent, callback }) => agent.open(callback, { until: noFurther }),
      async check(answer, { agent }, when) {
        assert.equal(answer.status, 503, when)
        assertErrorPage(answer, server, when)
        assert.match(answer.body, /href="\/account"/)
        assert.ok(isSignedIn((await signInToAccount(server, { agent })).page), when)
      },
    })
  })
}

test('the pages and their forms count against the limits of an address for sign-ins and authorizations', async () => {
  const own = await startTestServer({
    file: {
      limits: {
        ...AMPLE_LIMITS,
        signIn: { perAddress: 4, seconds: 60 },
        // A sign-in that begins here counts as an authorization.
        authorization: { perAddress: 1, total: 1000, seconds: 60 },
      },
    },
  })
  try {
    const paths = [
      '/account',
      '/account/sign-in',
      '/account/remove',
      '/account/sign-out',
      '/logout',
    ]
    const ask = (path: string) =>
      send(own.issuer + path, {
        headers: { accept: 'text/html' },
        ...(path.includes('/account/') && { body: new URLSearchParams() }),
      })
    for (const path of paths) assert.notEqual((await ask(path)).status, 429, path)
    for (const path of paths) {
      const refused = await ask(path)
      assert.equal(refused.status, 429, path)
      assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    }
  } finally {
    await own.close()
  }
})

test('a full server refuses the account page before it refuses refreshes', async () => {
  const held = await openHeldStore()
  const own = await startTestServer({
    file: { connections: { maxRequests: 2 } },
    overrides: { store: held.store },
  })
  try {
    const { client: one, tokens } = await logIn(own.issuer)
    const command = held.holdRead('refresh-family')
    const refreshing = refresh(own.issuer, one, tokens['refresh_token'])
    await command.sent
    for (const path of ['/account', '/logout']) {
      assert.equal((await send(own.issuer + path)).status, 503, path)
    }
    await command.release()
    assert.equal((await refreshing).status, 200)
    assert.equal((await send(`${own.issuer}/account`)).status, 200, 'control')
  } finally {
    await own.close()
  }
})

test('under an https issuer, the cookies of the page are Secure and have the __Host- prefix', async () => {
  const own = await startTestServer({ env: { OIDC_ISSUER: 'https://auth.example.com' } })
  try {
    const visit = await send(new URL('/account', own.issuer))
    const [cookie = '', ...rest] = visit.headers.getSetCookie()
    assert.match(cookie, /^__Host-mcp_oidc_visit=/)
    const begun = await send(new URL('/account/sign-in', own.issuer), {
      headers: { cookie: [cookie, ...rest].map((line) => line.split(';')[0]).join('; ') },
      body: new URLSearchParams({ csrf_token: tokenOn(visit) }),
    })
    assert.equal(begun.status, 303)
    const out = await send(new URL('/logout', own.issuer))
    assert.deepEqual(out.headers.getSetCookie(), [])
    const all = [...visit.headers.getSetCookie(), ...begun.headers.getSetCookie()]
    assert.ok(all.length >= 4)
    for (const line of all) {
      assert.match(line, /^__Host-/)
      assert.match(line, /; path=\/;/i)
      assert.match(line, /; secure/i)
      assert.match(line, /; httponly/i)
      assert.match(line, /; samesite=lax/i)
    }
  } finally {
    await own.close()
  }
})
