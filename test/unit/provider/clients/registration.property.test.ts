// From any request body to the redirect URIs that the engine lets a client use.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { errors } from 'oidc-provider'
import { createRedirectPolicy } from '../../../../src/oauth/redirect-uri.ts'
import { CLIENT_AUTH_METHODS } from '../../../../src/provider/clients/client-authentication.ts'
import { normaliseRegistration } from '../../../../src/provider/clients/registration.ts'
import { createClientId } from '../../../../src/provider/clients/registration-features.ts'
import { registrations } from '../../../fixtures/registrations.ts'
import {
  acceptableUri,
  anyUri,
  CURSOR_REDIRECT_URI,
  loopbackParts,
} from '../../../support/arbitrary-uris.ts'
import { type CreateClient, createClientFactory } from '../../../support/engine-client.ts'

const policy = createRedirectPolicy({
  issuer: 'https://auth.example.com',
  privateUseRedirectUris: [CURSOR_REDIRECT_URI],
})
const normalise = (body: object) => normaliseRegistration({ ...body }, policy)

let createClient: CreateClient
before(async () => {
  createClient = await createClientFactory()
})

const key = { kty: 'EC', crv: 'P-256', x: 'a'.repeat(43), y: 'b'.repeat(43) }
const jsonOr = <Value>(likely: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: likely }, fc.jsonValue())
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }))

/** RFC 7591 §2: each member is plausible, or any JSON value. */
const body = fc.oneof(
  fc.constantFrom(...registrations.map((fixture) => fixture.body)),
  fc.record(
    {
      redirect_uris: jsonOr(fc.array(anyUri, { maxLength: 25 })),
      client_name: jsonOr(text),
      client_uri: jsonOr(fc.webUrl()),
      post_logout_redirect_uris: jsonOr(
        fc.array(fc.oneof(anyUri, acceptableUri), { maxLength: 25 }),
      ),
      logo_uri: jsonOr(fc.webUrl()),
      policy_uri: jsonOr(fc.string()),
      token_endpoint_auth_method: jsonOr(fc.constantFrom(...CLIENT_AUTH_METHODS)),
      token_endpoint_auth_signing_alg: jsonOr(fc.constantFrom('RS256', 'ES256', 'EdDSA')),
      jwks: jsonOr(fc.constantFrom({ keys: [key] }, { keys: [] }, { keys: [{ ...key, d: 'x' }] })),
      jwks_uri: jsonOr(fc.webUrl({ validSchemes: ['https', 'http'] })),
      application_type: jsonOr(fc.constantFrom('web', 'native')),
      grant_types: jsonOr(fc.array(fc.constantFrom('authorization_code', 'implicit'))),
      response_types: jsonOr(fc.array(fc.constantFrom('code', 'token'))),
      scope: jsonOr(fc.string()),
      contacts: fc.jsonValue(),
      id_token_signed_response_alg: fc.jsonValue(),
      client_id: fc.jsonValue(),
      client_secret: fc.jsonValue(),
    },
    { requiredKeys: ['redirect_uris'] },
  ),
  fc.dictionary(fc.string(), fc.jsonValue()),
)

test('any body is rejected with InvalidClientMetadata, or becomes metadata that the engine accepts', () => {
  let accepted = 0
  fc.assert(
    fc.property(body, (given) => {
      let metadata: ReturnType<typeof normalise>
      try {
        metadata = normalise(given)
      } catch (error) {
        assert.ok(error instanceof errors.InvalidClientMetadata, String(error))
        return
      }
      accepted += 1
      createClient(metadata)
      assert.deepEqual(normalise(metadata), metadata, 'normalising twice changes nothing')
      for (const value of Object.values(metadata)) assert.ok(value !== null && value !== '')
    }),
    { numRuns: 1000 },
  )
  assert.ok(accepted > 200, `${accepted} of 1000 were accepted`)
})

const uris = fc.uniqueArray(fc.oneof(acceptableUri, anyUri), { minLength: 1, maxLength: 6 })

/** RFC 8252 §7.3: a client may use any port on loopback, and with us any loopback host. */
const onThisMachine = (uri: string) =>
  uri.replace(/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d*)?(?=[/?]|$)/i, 'this:')

test('each acceptable URI of a registration may be used, and a loopback one with any port', () => {
  fc.assert(
    fc.property(uris, loopbackParts, fc.integer({ min: 1, max: 65535 }), (others, parts, port) => {
      const own = `http://${parts.host}${parts.port}${parts.rest}`
      const client = createClient(normalise({ redirect_uris: [...others, own] }))
      const isHttps = (uri: string) => uri.toLowerCase().startsWith('https:')
      for (const uri of others) {
        const target = policy.findTarget(uri)
        // The engine rejects a native client with an https URI on a loopback host.
        const isKept = target && !(target.kind === 'loopback' && isHttps(uri))
        if (isKept) assert.ok(client.redirectUriAllowed(uri), uri)
      }
      assert.ok(client.redirectUriAllowed(`http://${parts.host}:${port}${parts.rest}`))
    }),
    { numRuns: 500 },
  )
})

test('no other URI may be used: only the host and port of a loopback URI may differ', () => {
  fc.assert(
    fc.property(uris, fc.array(anyUri, { minLength: 5, maxLength: 20 }), (registered, asked) => {
      fc.pre(registered.some((uri) => policy.findTarget(uri)))
      const metadata = normalise({ redirect_uris: registered })
      const client = createClient(metadata)
      const kept = (metadata.redirect_uris ?? []).map(onThisMachine)
      for (const uri of [...asked, ...registered]) {
        if (client.redirectUriAllowed(uri)) {
          assert.ok(policy.findTarget(uri), `unacceptable: ${uri}`)
          assert.ok(registered.includes(uri) || kept.includes(onThisMachine(uri)), uri)
        }
      }
    }),
    { numRuns: 500 },
  )
})

const named = fc.record({ client_name: fc.string({ minLength: 1 }), redirect_uris: uris })

test('public clients share an id if their metadata differs only in order and loopback ports', () => {
  fc.assert(
    fc.property(named, loopbackParts, fc.integer({ min: 1, max: 65535 }), (own, parts, port) => {
      const { client_name, redirect_uris } = own
      const at = (place: string) => `http://${parts.host}${place}${parts.rest}`
      const idOf = (given: object) =>
        createClientId(normalise({ token_endpoint_auth_method: 'none', ...given }))
      const first = { client_name, redirect_uris: [...redirect_uris, at(parts.port)] }
      const again = { redirect_uris: [at(`:${port}`), ...redirect_uris.toReversed()], client_name }
      assert.equal(idOf(first), idOf(again))
      assert.notEqual(idOf(first), idOf({ ...first, policy_uri: 'https://a.example/policy' }))
      const more = [...first.redirect_uris, 'https://more.example/']
      assert.notEqual(idOf(first), idOf({ ...first, redirect_uris: more }))
    }),
  )
})

test('public clients share no id if the ports of their redirect URIs are compared', () => {
  // The upper-case scheme keeps RFC 8252 §7.3 from applying: parseLoopbackUri.
  const [first, second] = ['HTTP://localhost:4001/cb', 'HTTP://localhost:4002/cb'].map((uri) =>
    normalise({ redirect_uris: [uri], token_endpoint_auth_method: 'none' }),
  )
  assert.ok(first && second)
  assert.ok(!createClient(first).redirectUriAllowed(second.redirect_uris?.[0] ?? ''))
  assert.notEqual(createClientId(first), createClientId(second))
})

test('two clients with a secret or with keys never share an id', () => {
  for (const method of CLIENT_AUTH_METHODS.filter((name) => name !== 'none')) {
    const uri = { redirect_uris: [CURSOR_REDIRECT_URI], token_endpoint_auth_method: method }
    const metadata = normalise({ ...uri, jwks: { keys: [key] } })
    assert.notEqual(createClientId(metadata), createClientId(metadata), method)
  }
})
