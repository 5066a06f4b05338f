// A sibling host, which may set cookies for the whole domain: an attacker plants the cookie of a sign-in that
// they completed themselves, to sign the victim in as the attacker (login fixation). Only https has the cookie
// prefixes that stop this.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Cookie } from 'playwright-core'
import { startDevUpstream } from '../../scripts/dev/upstream.ts'
import { openTab } from '../support/browser.ts'
import { allow, deny, signIn, waitForHeading } from '../support/browser-stage.ts'
import { type ClientListener, openClientListener } from '../support/client-listener.ts'
import { holdRequest } from '../support/hold-request.ts'
import { buildAuthorization, register } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTlsSites, type TlsSites } from '../support/tls-sites.ts'

const ISSUER = 'https://auth.company.example'
const SIBLING = 'https://blog.company.example'

let server: TestServer
let listener: ClientListener
let sites: TlsSites
/** The cookies that the sibling sets. */
let planted: string[] = []
before(async () => {
  const client = {
    client_id: 'mcp-oidc-server',
    client_secret: 'the-secret-of-this-test',
    redirect_uris: [`${ISSUER}/callback`],
  }
  server = await startTestServer({
    env: { OIDC_ISSUER: ISSUER, UPSTREAM_CLIENT_SECRET: client.client_secret },
    upstream: await startDevUpstream({ port: 0, clients: [client] }),
  })
  listener = await openClientListener()
  sites = await startTlsSites({
    [ISSUER]: server.issuer,
    [SIBLING]: (_request, response) => {
      response.setHeader('set-cookie', planted)
      response.end('<!doctype html><title>A blog</title><h1>A blog</h1>')
    },
  })
})
after(async () => {
  await sites.close()
  await listener.close()
  await server.close()
})

const openProfile = () => sites.browser.newContext({ locale: 'en', ignoreHTTPSErrors: true })

const isOurs = ({ name }: Cookie) => name.includes('mcp_oidc_')

for (const [what, answer] of Object.entries({ 'a sign-in': signIn, 'a denial': undefined })) {
  test(`${what} that an attacker began cannot be completed in a browser with a planted cookie`, async () => {
    const attacker = await openProfile()
    const { page, faults } = await openTab(attacker, ISSUER)
    const { redirectUri } = listener
    const client = await register(server.issuer, { redirect_uris: [redirectUri] })
    const request = buildAuthorization(ISSUER, client, { redirect_uri: redirectUri })
    await page.goto(request.url)
    if (answer) await allow(page)
    const { held } = await holdRequest(page, `${ISSUER}/authorize/*`)
    const answered = answer ? answer(page) : deny(page)
    const { url, release } = await held

    // Everything that the attacker's browser would send, for the whole domain.
    const cookies = (await attacker.cookies(url)).filter(isOurs)
    assert.ok(cookies.some(({ name }) => name === '__Secure-mcp_oidc_resume'))
    assert.ok(cookies.some(({ name }) => name.startsWith('__Host-mcp_oidc_interaction_')))
    const { pathname } = new URL(url)
    planted = cookies.map(
      ({ name, value }) => `${name}=${value}; Domain=company.example; Path=${pathname}; Secure`,
    )

    const victim = await openProfile()
    const other = await openTab(victim, ISSUER)
    await other.page.goto(SIBLING)
    const stored = (await victim.cookies(url)).map(({ name }) => name)
    assert.ok(stored.includes('__Secure-mcp_oidc_resume'), 'the cookie was planted')
    await other.page.goto(url)
    await waitForHeading(other.page, 'This sign-in has expired')
    assert.equal(other.status(), 400)
    const left = (await victim.cookies(url)).map(({ name }) => name)
    assert.ok(!left.some((name) => name.startsWith('__Host-')), left.join())
    assert.deepEqual(other.faults, [])

    await release()
    await answered
    await waitForHeading(page, 'Back at the client')
    const { searchParams } = new URL(page.url())
    assert.ok(searchParams.has(answer ? 'code' : 'error'), page.url())
    assert.deepEqual(faults, [])
  })
}
