// Authorization requests that smuggle something: a second value, a request object, another response type, another
// client's pushed request. Plain faults and repeated parameters are in test/integration/bad-authorize.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import { buildAuthorization, type Client, REDIRECT_URI, register } from '../support/journey.ts'
import { push } from '../support/par.ts'
import { basic, jsonOf, send } from '../support/send.ts'

const EVIL = 'https://evil.example/cb'
const HTML = { accept: 'text/html' }

const { server, client } = await openClientStage()
const evil = await register(server.issuer, { client_name: 'Evil', redirect_uris: [EVIL] })
const confidential = await register(server.issuer, {
  token_endpoint_auth_method: 'client_secret_basic',
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const requestObject = (claims: object) => `${encode({ alg: 'none' })}.${encode(claims)}.`

/** The place that the browser reaches: the consent page for this client and address, an error page, or the client. */
async function reach(url: string, cookies = ''): Promise<string> {
  const headers = { ...HTML, ...(cookies && { cookie: cookies }) }
  const answer = await send(url, { headers })
  const location = answer.headers.get('location')
  if (location === null) return outcomeOf(answer)
  const target = new URL(location, server.issuer)
  if (target.origin !== server.issuer) {
    const answered = new URLSearchParams(target.search || target.hash.slice(1))
    return `${target.origin} ${answered.get('error') ?? 'a code'}`
  }
  const jar = [cookies, ...answer.headers.getSetCookie().map((line) => line.split(';', 1)[0])]
  const next = await send(target, { headers: { ...HTML, cookie: jar.filter(Boolean).join('; ') } })
  const redirect = next.headers.get('location')
  if (redirect !== null) {
    return reach(new URL(redirect, server.issuer).href, jar.filter(Boolean).join('; '))
  }
  return /evil/i.test(next.body) ? 'a page that names evil' : `${next.status} consent page`
}

/** The client's request with more behind it, as raw text. */
const withMore = (more: string, changes: Record<string, string | undefined> = {}) =>
  `${buildAuthorization(server.issuer, client, changes).url}${more}`

testAttacks<() => string>({
  guarantee: 'a second spelling of redirect_uri or client_id has no effect',
  run: async (url) => reach(url()),
  honest: () => withMore(''),
  control: '200 consent page',
  refusal: '200 consent page',
  attacks: {
    'brackets of an array': () => withMore(`&redirect_uri[]=${EVIL}`),
    'an index of an array': () => withMore(`&redirect_uri%5B0%5D=${EVIL}`),
    'upper case': () => withMore(`&Redirect_URI=${EVIL}&CLIENT_ID=${evil.client_id}`),
    'a leading space': () => withMore(`&%20redirect_uri=${EVIL}`),
    'a NUL byte in the name': () => withMore(`&redirect_uri%00=${EVIL}`),
    'a semicolon': () => withMore(`;redirect_uri=${EVIL}`, { display: 'page' }),
    'behind a fragment': () => withMore(`#&redirect_uri=${EVIL}`),
    'an inherited property': () => withMore(`&__proto__[redirect_uri]=${EVIL}`),
  },
})

testAttacks<() => string>({
  guarantee: 'a request never leads to the page or address of another client',
  run: async (url) => reach(url()),
  honest: () => withMore(''),
  control: '200 consent page',
  refusal: /^(400 page|http:\/\/127\.0\.0\.1:33418 (?!a code)\w+)$/,
  attacks: {
    'an unsigned request object': () =>
      withMore(`&request=${requestObject({ client_id: client.client_id, redirect_uri: EVIL })}`),
    'a request object of another client': () =>
      withMore(`&request=${requestObject({ client_id: evil.client_id, redirect_uri: EVIL })}`),
    'a request object at a URL': () =>
      withMore('&request_uri=https%3A%2F%2Fevil.example%2Frequest.jwt'),
    "the address of another client's registration": () => withMore('', { redirect_uri: EVIL }),
    'a registration parameter': () =>
      withMore(`&registration=${encodeURIComponent(`{"redirect_uris":["${EVIL}"]}`)}`),
    'response_type=token': () => withMore('', { response_type: 'token' }),
    'response_type=code token': () => withMore('', { response_type: 'code token' }),
    'response_type=id_token': () => withMore('', { response_type: 'id_token' }),
    'response_type=none': () => withMore('', { response_type: 'none' }),
    'response_mode=web_message': () => withMore('', { response_mode: 'web_message' }),
    'response_mode=query.jwt': () => withMore('', { response_mode: 'query.jwt' }),
    'PKCE plain': () => withMore('', { code_challenge_method: 'plain' }),
    'PKCE without a method, which means plain': () =>
      withMore('', { code_challenge_method: undefined }),
    'a short challenge': () => withMore('', { code_challenge: 'x' }),
  },
})

testAttacks<() => Promise<string> | string>({
  guarantee: 'a posted request is the request that the body describes',
  run: async (send) => send(),
  honest: () => postRequest(''),
  control: '200 consent page',
  refusal: /^200 consent page$|^400 page$/,
  attacks: {
    'another client in the query': () =>
      postRequest(`?client_id=${evil.client_id}&redirect_uri=${EVIL}`),
    'another address in the query': () => postRequest(`?redirect_uri=${EVIL}`),
  },
})

async function postRequest(query: string): Promise<string> {
  const { url } = buildAuthorization(server.issuer, client)
  const body = new URL(url).searchParams
  const answer = await send(`${server.issuer}/authorize${query}`, { headers: HTML, body })
  const location = answer.headers.get('location')
  return location === null ? outcomeOf(answer) : reach(new URL(location, server.issuer).href)
}

interface Push {
  readonly as?: Client
  readonly changes?: Record<string, string | undefined>
  readonly query?: string
}

testAttacks<() => Push>({
  guarantee: 'a request can be pushed only by the client that it names',
  run: async (attempt) => {
    const { as, changes = {}, query = '' } = attempt()
    const authorization = buildAuthorization(server.issuer, confidential, changes)
    const headers = as && { authorization: basic(as.client_id, as.client_secret ?? '') }
    const body = new URL(authorization.url).searchParams
    return outcomeOf(
      await send(`${server.issuer}/par${query}`, { body, ...(headers && { headers }) }),
    )
  },
  honest: () => ({ as: confidential }),
  control: '201',
  refusal: /^40[01] invalid_/,
  attacks: {
    nobody: () => ({}),
    'a public client in the header': () => ({ as: { ...client, client_secret: 'x' } }),
    'a secret in the query': () => ({
      query: `?client_secret=${confidential.client_secret}`,
    }),
    "another client's id in the body": () => ({
      as: confidential,
      changes: { client_id: client.client_id },
    }),
    "another client's address": () => ({ as: confidential, changes: { redirect_uri: EVIL } }),
  },
})

test('references to pushed requests are not guessable, and one reference reveals nothing of the next', async () => {
  const authorization = buildAuthorization(server.issuer, client)
  const references = await Promise.all(
    [1, 2, 3].map(async () => {
      const answer = await push(server.issuer, authorization)
      return String(jsonOf(answer)['request_uri'])
    }),
  )
  assert.equal(new Set(references).size, 3)
  for (const reference of references) {
    assert.match(reference, /^urn:ietf:params:oauth:request_uri:[\w-]{43}$/)
    const url = new URL(`${server.issuer}/authorize`)
    url.searchParams.set('client_id', client.client_id)
    const altered = `${reference.slice(0, -2)}AA`
    url.searchParams.set('request_uri', altered)
    assert.equal(await reach(url.href), 'http://127.0.0.1:33418 invalid_request_uri')
    url.searchParams.set('request_uri', reference)
    assert.equal(await reach(url.href), '200 consent page')
  }
})

test('the address of a response is the one of the request, whatever the browser adds on the way', async () => {
  const { url } = buildAuthorization(server.issuer, client)
  const first = await send(url, { headers: HTML })
  const cookie = first.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
  const interaction = new URL(first.headers.get('location') ?? '', server.issuer)
  for (const query of [
    `?redirect_uri=${EVIL}`,
    `?returnTo=${EVIL}`,
    `?client_id=${evil.client_id}`,
  ]) {
    const page = await send(`${interaction.href}${query}`, { headers: { ...HTML, cookie } })
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.body, /evil/i)
    assert.ok(page.body.includes(new URL(REDIRECT_URI).host))
  }
})
