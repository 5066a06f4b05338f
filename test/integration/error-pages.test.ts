// What error pages offer beyond words: another try, if the same request may succeed later.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { assertErrorPage } from '../support/error-page.ts'
import { type FailingStore, openFailingStore } from '../support/failing-store.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { form, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const headers = { accept: 'text/html' }

let failing: FailingStore
let server: TestServer
let limited: TestServer
before(async () => {
  failing = await openFailingStore()
  server = await startTestServer({ overrides: { store: failing.store } })
  limited = await startTestServer({
    file: {
      limits: {
        ...AMPLE_LIMITS,
        authorization: { perAddress: 1, total: 1000, seconds: 60 },
        signIn: { perAddress: 1, seconds: 60 },
      },
    },
  })
})
after(() => Promise.all([server.close(), limited.close()]))

/** The buttons of the page, and where they lead. */
const actionsOf = (body: string) =>
  parse(body)
    .querySelectorAll('.actions a')
    .map((link) => [link.text, link.getAttribute('href')])

/** The link has no address of its own: it repeats the request, of which the page contains nothing. */
const AGAIN = [['Try again', '']]

test('while the store is away, the page of a GET offers to repeat it, without a word of its query', async () => {
  const client = await register(server.issuer)
  const { url, state } = buildAuthorization(server.issuer, client)
  failing.failAt(0, 'before')
  try {
    const page = await send(url, { headers })
    assert.equal(page.status, 503)
    assertErrorPage(page, server)
    assert.deepEqual(actionsOf(page.body), AGAIN)
    assert.ok(!page.body.includes(state))
  } finally {
    failing.recover()
  }
  assert.equal((await send(url, { headers })).status, 303, 'control')
})

test('over a limit, the page of a GET offers to repeat it, and that of a form does not', async () => {
  const { url } = buildAuthorization(limited.issuer, await register(limited.issuer))
  await send(url, { headers })
  const page = await send(url, { headers })
  assert.equal(page.status, 429)
  assertErrorPage(page, limited)
  assert.deepEqual(actionsOf(page.body), AGAIN)

  const signIn = () => send(`${limited.issuer}/account/sign-in`, { headers, body: form({}) })
  await signIn()
  const refused = await signIn()
  assert.equal(refused.status, 429)
  assertErrorPage(refused, limited)
  assert.deepEqual(actionsOf(refused.body), [])
})

test('a request that fails the same way each time is not offered again', async () => {
  const unknown = buildAuthorization(server.issuer, { client_id: 'forgotten' }).url
  for (const url of [unknown, `${server.issuer}/nowhere`, `${server.issuer}/interaction/over`]) {
    const page = await send(url, { headers })
    assertErrorPage(page, server, url)
    assert.deepEqual(actionsOf(page.body), [], url)
  }
})
