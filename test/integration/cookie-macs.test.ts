// The MACs of cookies, ours and the engine's, in a browser that has some from before SHA-256.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { deriveKey } from '../../src/crypto/derived-key.ts'
import { openClientStage } from '../support/client-stage.ts'
import { ADA, authorize, buildAuthorization, isAnswer, REDIRECT_URI } from '../support/journey.ts'
import { send } from '../support/send.ts'

const SHA1_CHARACTERS = 27
const SHA256_CHARACTERS = 43

const { server, client } = await openClientStage()

async function cookiesOf(agent: UserAgent) {
  const { cookies } = await agent.cookies.serialize()
  return cookies.filter(({ key }) => String(key).startsWith('mcp_oidc_'))
}

async function signaturesOf(agent: UserAgent): Promise<Map<string, string>> {
  const signatures = (await cookiesOf(agent)).filter(({ key }) => String(key).endsWith('.sig'))
  return new Map(signatures.map(({ key, value }) => [String(key), String(value)]))
}

/** Replaces each signature in the browser by what `sign` makes of the cookie. */
async function resign(agent: UserAgent, sign: (cookie: string) => string): Promise<void> {
  for (const { key, value, path } of await cookiesOf(agent)) {
    if (String(key).endsWith('.sig')) continue
    const line = `${key}.sig=${sign(`${key}=${value}`)}; Path=${path}; HttpOnly`
    await agent.cookies.setCookie(line, server.issuer + path)
  }
}

function signWithSha1(cookie: string): string {
  const [secret] = server.config.sessionSecrets
  const key = deriveKey(secret, 'cookies').export().toString('base64')
  return createHmac('sha1', key).update(cookie).digest('base64url')
}

const until = isAnswer(REDIRECT_URI)

/** Stops where the upstream asks who signs in. */
async function beginSignIn(agent: UserAgent) {
  const { url } = buildAuthorization(server.issuer, client)
  return agent.submit(await agent.open(url), { button: /^Allow/ })
}

test('every cookie is signed with SHA-256', async () => {
  const agent = createUserAgent()
  await beginSignIn(agent)
  await authorize(buildAuthorization(server.issuer, client), { agent })
  const signatures = await signaturesOf(agent)
  const names = [...signatures.keys()].map((name) => name.replace(/_[0-9a-f]{12}\./, '_*.'))
  assert.deepEqual(
    new Set(names),
    new Set([
      'mcp_oidc_interaction.sig',
      'mcp_oidc_interaction_*.sig',
      'mcp_oidc_login_*.sig',
      'mcp_oidc_resume.sig',
      'mcp_oidc_session.sig',
    ]),
  )
  for (const [name, value] of signatures) assert.equal(value.length, SHA256_CHARACTERS, name)
})

test('a browser whose cookies were signed with SHA-1 is still signed in, and gets SHA-256', async () => {
  const agent = createUserAgent()
  await authorize(buildAuthorization(server.issuer, client), { agent })
  await resign(agent, signWithSha1)
  assert.equal((await signaturesOf(agent)).get('mcp_oidc_session.sig')?.length, SHA1_CHARACTERS)
  const { url } = buildAuthorization(server.issuer, client)
  const page = await agent.open(url)
  assert.match(page.body, /Switch account/)
  assert.equal((await signaturesOf(agent)).get('mcp_oidc_session.sig')?.length, SHA256_CHARACTERS)
})

test('a sign-in that began with SHA-1 signatures ends with a code', async () => {
  const agent = createUserAgent()
  const login = await beginSignIn(agent)
  await resign(agent, signWithSha1)
  const answer = await agent.submit(login, { until })
  assert.match(answer.url, /[?&]code=/)
})

test('a browser with forged signatures is not signed in, and cannot finish a sign-in', async () => {
  const forge = (cookie: string) => createHmac('sha256', 'guess').update(cookie).digest('base64url')
  const signedIn = createUserAgent()
  await authorize(buildAuthorization(server.issuer, client), { agent: signedIn })
  await resign(signedIn, forge)
  const { url } = buildAuthorization(server.issuer, client)
  assert.doesNotMatch((await signedIn.open(url)).body, /Switch account/)

  const agent = createUserAgent()
  const login = await beginSignIn(agent)
  await resign(agent, forge)
  const page = await agent.submit(login, { until })
  assert.match(page.title, /cannot continue here/)
})

test('a browser without signatures cannot finish a sign-in', async () => {
  const agent = createUserAgent()
  const login = await beginSignIn(agent)
  const button = { name: 'person', value: ADA }
  const callback = await agent.submit(login, {
    button,
    until: isAnswer(`${server.issuer}/callback`),
  })
  const signed = await agent.cookies.getCookieString(callback.url)
  const unsigned = signed.split('; ').filter((pair) => !pair.includes('.sig='))
  const visit = (cookie: string) => send(callback.url, { headers: { accept: 'text/html', cookie } })
  const refused = await visit(unsigned.join('; '))
  assert.equal(refused.status, 400)
  assert.match(refused.body, /cannot continue here/)
  assert.equal((await visit(signed)).status, 303)
})
