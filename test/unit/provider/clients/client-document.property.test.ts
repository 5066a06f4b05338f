// From any JSON at a client's URL to the redirect URIs that the engine lets that client use.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { InvalidDocument } from '../../../../src/domain/document-faults.ts'
import { createRedirectPolicy } from '../../../../src/oauth/redirect-uri.ts'
import { parseClientDocument } from '../../../../src/provider/clients/client-document.ts'
import { clientDocuments } from '../../../fixtures/client-documents.ts'
import { anyUri, CURSOR_REDIRECT_URI, loopbackParts } from '../../../support/arbitrary-uris.ts'
import { type CreateClient, createClientFactory } from '../../../support/engine-client.ts'

const ADDRESS = 'https://client.example/metadata.json'
const policy = createRedirectPolicy({
  issuer: 'https://auth.example.com',
  privateUseRedirectUris: [CURSOR_REDIRECT_URI],
})
const read = (document: unknown) => parseClientDocument(ADDRESS, document, policy)

let createClient: CreateClient
before(async () => {
  createClient = await createClientFactory()
})

const jsonOr = <Value>(likely: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: likely }, fc.jsonValue())
const method = fc.constantFrom('none', 'private_key_jwt', 'tls_client_auth', 'client_secret_post')

const document = fc.oneof(
  fc.constantFrom(
    ...clientDocuments.map((fixture) => ({ ...fixture.document, client_id: ADDRESS })),
  ),
  fc.record(
    {
      client_id: fc.constant(ADDRESS),
      client_name: jsonOr(fc.string({ minLength: 1 })),
      redirect_uris: jsonOr(fc.array(anyUri, { maxLength: 12 })),
      token_endpoint_auth_method: jsonOr(method),
      token_endpoint_auth_methods_supported: jsonOr(fc.array(method)),
      token_endpoint_auth_signing_alg: jsonOr(fc.constantFrom('RS256', 'ES256', 'none')),
      jwks_uri: jsonOr(fc.webUrl({ validSchemes: ['https'] })),
      jwks: fc.jsonValue(),
      application_type: jsonOr(fc.constantFrom('web', 'native')),
      grant_types: fc.jsonValue(),
      scope: fc.jsonValue(),
    },
    { requiredKeys: ['client_id', 'client_name', 'redirect_uris'] },
  ),
  fc.jsonValue(),
)

test('any JSON is an invalid document, or becomes a client without a secret that the engine accepts', () => {
  let accepted = 0
  fc.assert(
    fc.property(document, (given) => {
      let metadata: ReturnType<typeof read>
      try {
        metadata = read(given)
      } catch (error) {
        assert.ok(error instanceof InvalidDocument, String(error))
        return
      }
      accepted += 1
      createClient(metadata)
      assert.equal(metadata.client_id, ADDRESS)
      assert.ok(['none', 'private_key_jwt'].includes(String(metadata.token_endpoint_auth_method)))
      assert.equal(metadata.client_secret, undefined)
      assert.equal(metadata.scope, undefined)
    }),
    { numRuns: 1000 },
  )
  assert.ok(accepted > 200, `${accepted} of 1000 were accepted`)
})

test('a loopback URI of a document may be used with any port and any loopback host', () => {
  const port = fc.integer({ min: 1, max: 65535 })
  fc.assert(
    fc.property(loopbackParts, port, fc.array(anyUri, { maxLength: 4 }), (parts, any, others) => {
      const own = `http://${parts.host}${parts.port}${parts.rest}`
      const given = { client_id: ADDRESS, client_name: 'x', redirect_uris: [...others, own] }
      const client = createClient(read(given))
      for (const name of ['localhost', '127.0.0.1', '[::1]']) {
        assert.ok(client.redirectUriAllowed(`http://${name}:${any}${parts.rest}`), own)
        assert.ok(!client.redirectUriAllowed(`https://${name}:${any}${parts.rest}`), own)
      }
      assert.ok(!client.redirectUriAllowed(`http://a.example:${any}${parts.rest}`), own)
    }),
    { numRuns: 500 },
  )
})
