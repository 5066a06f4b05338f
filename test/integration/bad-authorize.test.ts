import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClientStage } from '../support/client-stage.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, REDIRECT_URI } from '../support/journey.ts'
import { form, send } from '../support/send.ts'

const { server, client } = await openClientStage()

type Parameters = Record<string, string | undefined>

const browse = (url: string) => send(url, { headers: { accept: 'text/html' } })
const open = (parameters: Parameters) =>
  browse(buildAuthorization(server.issuer, client, parameters).url)

/** Each reaches the client's redirect URI as an error, with state and iss. */
const CLIENT_ERRORS: Record<string, [Parameters, error: string]> = {
  'no response_type': [{ response_type: undefined }, 'invalid_request'],
  'response_type=token': [{ response_type: 'token' }, 'unsupported_response_type'],
  'response_type=code id_token': [{ response_type: 'code id_token' }, 'unsupported_response_type'],
  'an unknown prompt': [{ prompt: 'nonsense' }, 'invalid_request'],
  'prompt=none with another': [{ prompt: 'none login' }, 'invalid_request'],
  'a negative max_age': [{ scope: 'openid', max_age: '-1' }, 'invalid_request'],
  'a max_age that is not a number': [{ scope: 'openid', max_age: 'soon' }, 'invalid_request'],
  'an unknown response_mode': [{ response_mode: 'smoke' }, 'unsupported_response_mode'],
  'an id_token_hint that is not a JWT': [
    { scope: 'openid', id_token_hint: 'x' },
    'invalid_request',
  ],
  'a request object': [{ request: 'a.b.c' }, 'request_not_supported'],
  'a request_uri': [{ request_uri: 'https://a.example/r' }, 'request_uri_not_supported'],
  'a registration': [{ registration: '{}' }, 'registration_not_supported'],
  'an unknown resource': [{ resource: 'https://foreign.example.com/mcp' }, 'invalid_target'],
}

const WITHOUT_PKCE: Record<string, [Parameters, error: string]> = {
  'no PKCE': [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  'a plain challenge': [{ code_challenge_method: 'plain' }, 'invalid_request'],
  'no challenge method, which defaults to plain': [
    { code_challenge_method: undefined },
    'invalid_request',
  ],
  'a method without a challenge': [{ code_challenge: undefined }, 'invalid_request'],
  'a short challenge': [{ code_challenge: 'abc' }, 'invalid_request'],
  'a challenge of other characters': [{ code_challenge: '!'.repeat(43) }, 'invalid_request'],
}

async function assertClientError(parameters: Parameters, error: string) {
  const authorization = buildAuthorization(server.issuer, client, parameters)
  const answer = await browse(authorization.url)
  assert.equal(answer.status, 303, answer.body)
  const location = new URL(answer.headers.get('location') ?? '')
  assert.equal(location.origin + location.pathname, REDIRECT_URI)
  // OAuth 2.0 Multiple Response Types §5: errors of other response types are in the fragment.
  const returned = new URLSearchParams(location.search || location.hash.slice(1))
  assert.equal(returned.get('error'), error)
  assert.equal(returned.get('state'), authorization.state)
  assert.equal(returned.get('iss'), server.issuer)
  assert.equal(returned.get('code'), null)
}

for (const [what, [parameters, error]] of Object.entries(CLIENT_ERRORS)) {
  test(`A21: the client gets the error with state and iss: ${what}`, () =>
    assertClientError(parameters, error))
}

for (const [what, [parameters, error]] of Object.entries(WITHOUT_PKCE)) {
  test(`A7 A21: a request without PKCE S256 returns an error to the client: ${what}`, () =>
    assertClientError(parameters, error))
}

const LONG = 'x'.repeat(7000)

/** Each ends at our error page: the redirect URI of the request is not known to be the client's. */
const PAGE_ERRORS: Record<string, [Parameters, page: RegExp]> = {
  'no client_id': [{ client_id: undefined }, /client_id/],
  'an empty client_id': [{ client_id: '' }, /client_id/],
  'an unknown client': [{ client_id: 'unknown' }, /remove this MCP server and add it again/],
  'a very long client_id': [{ client_id: LONG }, /not known here/],
  'a client_id with a NUL byte': [{ client_id: 'a\0b' }, /not known here/],
  'a client_id that names an inherited property': [{ client_id: '__proto__' }, /not known here/],
  'a wrong redirect_uri': [{ redirect_uri: 'https://evil.example/cb' }, /unknown address/],
  'A29: a javascript: redirect_uri': [{ redirect_uri: 'javascript:alert(1)' }, /unknown address/],
  'a redirect_uri that is not a URI': [{ redirect_uri: 'nonsense' }, /unknown address/],
  'a redirect_uri with a NUL byte': [{ redirect_uri: `${REDIRECT_URI}\0` }, /unknown address/],
  'a very long redirect_uri': [{ redirect_uri: `${REDIRECT_URI}/${LONG}` }, /unknown address/],
  'an unknown client and a wrong redirect_uri': [
    { client_id: 'unknown', redirect_uri: 'https://evil.example/cb' },
    /not known here/,
  ],
}

for (const [what, [parameters, page]] of Object.entries(PAGE_ERRORS)) {
  test(`A28 A29: the person sees an error page and is not redirected: ${what}`, async () => {
    const answer = await open(parameters)
    assert.equal(answer.status, 400)
    assert.match(answer.body, page)
    assertErrorPage(answer, server, what)
    assert.doesNotMatch(answer.body, /evil\.example|javascript:/)
  })
}

test('a request that does not accept HTML gets an OAuth JSON error', async () => {
  const { url } = buildAuthorization(server.issuer, { client_id: 'unknown' })
  const answer = await send(url, { headers: { accept: 'application/json' } })
  assert.equal(answer.status, 400)
  assert.equal(JSON.parse(answer.body).error, 'invalid_client')
})

test('a repeated parameter is rejected and never changes the redirect target', async () => {
  const { url } = buildAuthorization(server.issuer, client)
  for (const [name, value] of Object.entries({
    client_id: 'other',
    redirect_uri: 'https://evil.example/cb',
    state: 'other',
    code_challenge: 'x'.repeat(43),
    scope: 'openid',
    response_type: 'code',
  })) {
    const once = url.includes(`${name}=`) ? '' : `&${name}=${value}`
    const answer = await browse(`${url}${once}&${name}=${encodeURIComponent(value)}`)
    const location = answer.headers.get('location')
    if (location === null) assertErrorPage(answer, server, name)
    else {
      assert.ok(location.startsWith(`${REDIRECT_URI}?`), location)
      assert.equal(new URL(location).searchParams.get('error'), 'invalid_request', name)
    }
  }
})

test('odd but harmless values and unknown parameters reach the consent page', async () => {
  for (const parameters of [
    { state: 'a\0b é 😀 <script>' },
    { state: 'x'.repeat(4096) },
    { scope: 'a\0b "<script>" é' },
    { ui_locales: '\0 xx-nonsense', claims: '{', display: 'popup' },
    { nonsense: 'x', __proto__: 'x', constructor: 'x' },
    { redirect_uri: undefined },
    { dpop_jkt: 'x', login_hint: '\0"<b>' },
  ]) {
    const answer = await open(parameters as Parameters)
    assert.equal(answer.status, 303)
    assert.match(answer.headers.get('location') ?? '', /^\/interaction\/[\w-]+$/)
  }
})

test('broken percent-encoding gets an error page, never a 5xx', async () => {
  for (const query of ['client_id=%ZZ', '%', '%00=%00', 'client_id=%C3%28', '=&&=&', 'a[b]=c']) {
    assertErrorPage(await browse(`${server.issuer}/authorize?${query}`), server, query)
  }
})

test('A21: a POST is handled like a GET, and its error reaches the client', async () => {
  const { url, state } = buildAuthorization(server.issuer, client, { response_type: 'token' })
  const body = form(Object.fromEntries(new URL(url).searchParams))
  const posted = await send(`${server.issuer}/authorize`, { body })
  const answer = await browse(new URL(posted.headers.get('location') ?? '', server.issuer).href)
  assert.match(answer.headers.get('location') ?? '', /error=unsupported_response_type/)
  assert.match(answer.headers.get('location') ?? '', new RegExp(`state=${state}`))
})
