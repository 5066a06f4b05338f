// OIDC_ISSUER with a path, which ALLOW_ISSUER_PATH=true allows. test/unit/config checks that the default
// rejects it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { createAssertionKey } from '../support/assertion.ts'
import { type BrandedConfig, openBrandedConfig } from '../support/branded-config.ts'
import { createDpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof } from '../support/dpop-journey.ts'
import {
  approve,
  authorize,
  buildAuthorization,
  claimsOf,
  logIn,
  redeem,
  refresh,
  register,
} from '../support/journey.ts'
import { pushAuthorization } from '../support/par.ts'
import { form, jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const PATH = '/auth/tenant-1'

let server: TestServer
let origin: string
let branded: BrandedConfig
before(async () => {
  branded = openBrandedConfig()
  const { branding } = branded.file
  server = await startTestServer({ issuerPath: PATH, file: { branding } })
  origin = new URL(server.issuer).origin
})
after(async () => {
  await server.close()
  branded.close()
})

const METADATA_PATHS = [
  `/.well-known/oauth-authorization-server${PATH}`,
  `/.well-known/openid-configuration${PATH}`,
  `${PATH}/.well-known/openid-configuration`,
  `${PATH}/.well-known/oauth-authorization-server`,
]

test('A4: an issuer with a path has its metadata at all well-known URLs, and every endpoint under the path', async () => {
  const bodies = await Promise.all(
    METADATA_PATHS.map(async (path) => (await send(origin + path)).body),
  )
  assert.equal(new Set(bodies).size, 1)
  const document = JSON.parse(bodies[0] ?? '')
  assert.equal(document.issuer, server.issuer)
  assert.equal(server.issuer, origin + PATH)
  for (const [name, value] of Object.entries(document)) {
    if (/_endpoint$|_uri$/.test(name))
      assert.ok(String(value).startsWith(`${server.issuer}/`), name)
  }
  assert.equal((await send(document.jwks_uri)).status, 200)
  for (const path of METADATA_PATHS) {
    const preflight = await send(origin + path, { method: 'OPTIONS' })
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*', path)
  }
})

test('outside the path of the issuer, only the health probes answer', async () => {
  for (const path of [
    '/token',
    '/jwks',
    '/authorize',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration/other',
    '/.well-known/openid-configuration/auth',
    `/.well-known/openid-configuration${PATH}/x`,
    `${PATH}x/jwks`,
    `${PATH.toUpperCase()}/jwks`,
    '/auth/jwks',
    '/',
  ]) {
    assert.equal((await send(origin + path)).status, 404, path)
  }
  for (const path of ['/livez', '/readyz', `${PATH}/livez`]) {
    assert.equal((await send(origin + path)).status, 200, path)
  }
})

test('a sign-in completes, and all its URLs are under the path', async () => {
  const agent = createUserAgent()
  const { client, tokens } = await logIn(server.issuer, { agent, parameters: { scope: 'openid' } })
  assert.equal(claimsOf(tokens['access_token'])['iss'], server.issuer)
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
  const authorization = `Bearer ${tokens['access_token']}`
  const userinfo = await send(`${server.issuer}/userinfo`, { headers: { authorization } })
  assert.equal(jsonOf(userinfo)['sub'], 'dev-1815')
  for (const { url } of agent.hops) {
    const hop = new URL(url)
    if (hop.origin === origin) assert.ok(hop.pathname.startsWith(`${PATH}/`), url)
  }
  // With a session, the page names the account, and its buttons work.
  const page = await agent.open(buildAuthorization(server.issuer, client).url)
  assert.match(page.body, /ada@example\.com|Ada/)
  assert.match((await approve(agent, page)).href, /[?&]code=/)
})

test('pages find their stylesheet, icon and logos, error pages included', async () => {
  const { url } = buildAuthorization(server.issuer, await register(server.issuer))
  const consent = await createUserAgent().open(url)
  const headers = { accept: 'text/html' }
  const failure = await send(`${server.issuer}/nothing`, { headers })
  for (const body of [consent.body, failure.body]) {
    const files = [...body.matchAll(/ (?:href|src|srcset)="([^"]*\/assets\/[^"]+)"/g)]
    assert.equal(files.length, 4)
    for (const [, file = ''] of files) {
      assert.ok(file.startsWith(`${PATH}/assets/`), file)
      assert.equal((await send(origin + file)).status, 200)
    }
  }
})

test('POST /authorize and pushed requests work under the path', async () => {
  const client = await register(server.issuer)
  const { searchParams } = new URL(buildAuthorization(server.issuer, client).url)
  const posted = await send(`${server.issuer}/authorize`, { body: searchParams })
  assert.match(posted.headers.get('location') ?? '', RegExp(`^${PATH}/authorize\\?`))
  const pushed = await pushAuthorization(server.issuer, client)
  const answer = await authorize(pushed)
  assert.equal(answer.searchParams.get('iss'), server.issuer)
  assert.equal((await redeem(server.issuer, client, { answer, ...pushed })).status, 200)
})

test('proofs and assertions must be for the URLs under the path', async () => {
  const key = await createDpopKey()
  const code = await obtainCodeForm(server.issuer, await register(server.issuer))
  assert.equal((await postWithProof(server.issuer, key, code)).status, 200)
  const signer = await createAssertionKey()
  const { client_id } = await register(server.issuer, {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [signer.publicKey] },
  })
  for (const [audience, error] of [
    [server.issuer, 'invalid_grant'],
    [`${server.issuer}/token`, 'invalid_grant'],
    [`${origin}/token`, 'invalid_client'],
  ] as const) {
    const assertion = await signer.sign(client_id, audience)
    const fields = { grant_type: 'refresh_token', refresh_token: 'x', ...assertion }
    const answer = await send(`${server.issuer}/token`, { body: form(fields) })
    assert.equal(jsonOf(answer)['error'], error, audience)
  }
})
