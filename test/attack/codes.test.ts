// Stolen authorization codes: everything that a thief can try without the verifier or without being the client.
// Replay and redirect URIs are in test/integration/bad-token.test.ts and redirect-uris.test.ts.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  authorize,
  buildAuthorization,
  claimsOf,
  REDIRECT_URI,
  redeem,
  register,
} from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { OTHER_RESOURCE, TEST_RESOURCE } from '../support/server.ts'

const { server, client } = await openClientStage({
  env: { RESOURCES: `${TEST_RESOURCE},${OTHER_RESOURCE}` },
  file: { defaultResource: TEST_RESOURCE },
})
const thief = await register(server.issuer, { token_endpoint_auth_method: 'client_secret_basic' })

interface TokenRequest {
  readonly fields: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly json?: boolean
}

/** The client's own request for a new code. */
async function obtainRequest(): Promise<Record<string, string>> {
  const authorization = buildAuthorization(server.issuer, client)
  const answer = await authorize(authorization)
  return {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: REDIRECT_URI,
  }
}

const post = ({ fields, headers = {}, query, json = false }: TokenRequest) =>
  send(`${server.issuer}/token${query ? `?${form(query)}` : ''}`, {
    headers,
    body: json ? fields : form(fields),
  })

const without = (fields: Record<string, string>, ...names: string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

const thiefsVerifier = 'v'.repeat(43)
const thiefsChallenge = createHash('sha256').update(thiefsVerifier).digest('base64url')
const asThief = () => ({ authorization: basic(thief.client_id, thief.client_secret ?? '') })

testAttacks<(own: Record<string, string>) => TokenRequest>({
  guarantee: 'a code without its verifier or its client yields no token',
  run: async (request) => outcomeOf(await post(request(await obtainRequest()))),
  honest: (own) => ({ fields: own }),
  control: '200',
  refusal: /^40[01] (invalid_|unsupported_grant_type|unauthorized_client)/,
  attacks: {
    "PKCE downgrade: the thief's challenge and verifier at /token": (own) => ({
      fields: {
        ...own,
        code_verifier: thiefsVerifier,
        code_challenge: thiefsChallenge,
        code_challenge_method: 'S256',
      },
    }),
    'PKCE downgrade: plain at /token': (own) => ({
      fields: {
        ...own,
        code_verifier: thiefsVerifier,
        code_challenge: thiefsVerifier,
        code_challenge_method: 'plain',
      },
    }),
    'an empty verifier': (own) => ({ fields: { ...own, code_verifier: '' } }),
    'a verifier with a wildcard': (own) => ({ fields: { ...own, code_verifier: '*'.repeat(43) } }),
    "the thief's credentials beside the client's id": (own) => ({
      fields: own,
      headers: asThief(),
    }),
    "the thief's credentials without the client's id": (own) => ({
      fields: without(own, 'client_id'),
      headers: asThief(),
    }),
    'no client at all': (own) => ({ fields: without(own, 'client_id') }),
    'the code in the query': (own) => ({
      fields: without(own, 'code'),
      query: { code: own['code'] ?? '' },
    }),
    'everything in the query': (own) => ({ fields: {}, query: own }),
    'a JSON body': (own) => ({ fields: own, json: true }),
    'as a refresh token': (own) => ({
      fields: { ...own, grant_type: 'refresh_token', refresh_token: own['code'] ?? '' },
    }),
    'as a device code': (own) => ({
      fields: {
        ...own,
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: own['code'] ?? '',
      },
    }),
    'as a subject token': (own) => ({
      fields: {
        ...own,
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: own['code'] ?? '',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      },
    }),
    'with the implicit grant type': (own) => ({ fields: { ...own, grant_type: 'implicit' } }),
    'with client credentials': (own) => ({
      fields: { ...own, grant_type: 'client_credentials' },
      headers: asThief(),
    }),
    'with a grant type that is an inherited property': (own) => ({
      fields: { ...own, grant_type: 'constructor' },
    }),
    'for another resource': (own) => ({ fields: { ...own, resource: OTHER_RESOURCE } }),
    'a code with a suffix': (own) => ({ fields: { ...own, code: `${own['code']}%00` } }),
    'a code in upper case': (own) => ({
      fields: { ...own, code: (own['code'] ?? '').toUpperCase() },
    }),
  },
})

/** The claims that give a token its power. */
function powersOf(body: Record<string, unknown>): string {
  const { aud, scope, sub, client_id } = claimsOf(body['access_token'])
  return JSON.stringify({ aud, scope, sub, isClient: client_id === client.client_id })
}

const HONEST_POWERS = JSON.stringify({
  aud: TEST_RESOURCE,
  scope: 'mcp:tools',
  sub: 'dev-1815',
  isClient: true,
})

testAttacks<Record<string, string>>({
  guarantee: 'parameters at /token add nothing to what was approved',
  run: async (added) => {
    const answer = await post({ fields: { ...(await obtainRequest()), ...added } })
    return answer.status === 200 ? powersOf(jsonOf(answer)) : outcomeOf(answer)
  },
  honest: {},
  control: HONEST_POWERS,
  refusal: HONEST_POWERS,
  attacks: {
    'more scopes': { scope: 'mcp:tools openid profile email offline_access admin' },
    'another audience': { audience: OTHER_RESOURCE, aud: OTHER_RESOURCE },
    'another person': { sub: 'dev-1906', accountId: 'dev-1906', login_hint: 'dev-1906' },
    'another grant': { grantId: 'x', grant_id: 'x', grant_ref: 'x' },
    'claims and rich authorization': {
      claims: '{"access_token":{"admin":{"value":true}}}',
      authorization_details: '[{"type":"admin"}]',
    },
    'a key of inherited properties': {
      ['__proto__']: 'x',
      'constructor[prototype][scope]': 'admin',
    },
  },
})

test('a thief without the verifier, and another client, cannot spend a code before its owner', async () => {
  const own = await obtainRequest()
  const attempts = [
    { fields: { ...own, code_verifier: thiefsVerifier } },
    { fields: without(own, 'client_id'), headers: asThief() },
    { fields: { ...own, redirect_uri: 'https://evil.example/cb' } },
  ]
  for (const attempt of attempts) assert.equal((await post(attempt)).status, 400)
  assert.equal(outcomeOf(await post({ fields: own })), '200')
})

test("a code injected into another person's session fails: its verifier is not theirs", async () => {
  const [stolen, victims] = [
    buildAuthorization(server.issuer, client),
    buildAuthorization(server.issuer, client),
  ]
  const [injected, genuine] = [await authorize(stolen), await authorize(victims)]
  const { codeVerifier } = victims
  const attack = await redeem(server.issuer, client, { answer: injected, codeVerifier })
  assert.equal(outcomeOf(attack), '400 invalid_grant')
  const control = await redeem(server.issuer, client, { answer: genuine, codeVerifier })
  assert.equal(outcomeOf(control), '200')
})
