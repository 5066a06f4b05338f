import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { createRecordStores } from '../../src/records/create-record-stores.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import { type AssertionKey, createAssertionKey } from '../support/assertion.ts'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { authorize, buildAuthorization, REDIRECT_URI, redeem, refresh } from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOST = 'client.example'
const KEYS = `https://${HOST}/jwks.json`
const ID = `https://${HOST}/client.json`
const MINUTES = 60_000

let key: AssertionKey
let otherKey: AssertionKey
let web: DocumentServer
let clock: { nowMs: number }
let server: TestServer

before(async () => {
  key = await createAssertionKey('RS256')
  otherKey = await createAssertionKey('RS256')
  web = await startDocumentServer([HOST])
})
after(() => web.close())
beforeEach(async () => {
  clock = { nowMs: Date.now() }
  server = await startTestServer({
    overrides: { outbound: web.outbound, now: () => clock.nowMs },
    file: {
      clients: [
        {
          client_id: 'portal',
          client_name: 'Portal',
          redirect_uris: [REDIRECT_URI],
          jwks_uri: KEYS,
        },
        {
          client_id: 'inline',
          client_name: 'Inline',
          redirect_uris: [REDIRECT_URI],
          jwks: { keys: [key.publicKey] },
        },
      ],
    },
  })
  publishKeys(key)
  web.publish(ID, { body: document({ jwks_uri: KEYS }) })
})
afterEach(() => server.close())

const publishKeys = (...keys: AssertionKey[]) =>
  web.publish(KEYS, { body: { keys: keys.map(({ publicKey }) => publicKey) } })

function document(members: object) {
  return {
    client_id: ID,
    client_name: 'Signing client',
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'private_key_jwt',
    ...members,
  }
}

async function register(members: object): Promise<string> {
  const { client_id: _id, ...body } = document(members)
  const answer = await send(`${server.issuer}/register`, { body })
  assert.equal(answer.status, 201, answer.body)
  const registered = jsonOf(answer)
  assert.equal(registered['client_secret'], undefined)
  assert.equal(registered['token_endpoint_auth_method'], 'private_key_jwt')
  return String(registered['client_id'])
}

/** The status and error of a refresh with this assertion. 400 invalid_grant means that it was accepted. */
async function present(
  proof: Record<string, string>,
  client_id: string | undefined = undefined,
  at = server,
): Promise<string> {
  const { status, body } = await refresh(at.issuer, { client_id: client_id ?? '' }, 'none.0.such', {
    ...(client_id === undefined ? { client_id: undefined } : {}),
    ...proof,
  })
  return `${status} ${body['error']}`
}

const AUTHENTICATED = '400 invalid_grant'
const REFUSED = '401 invalid_client'
/** The clock of the server is ahead of the one that the engine and the signer read. */
const UNDATED = { iat: undefined }

async function completeJourney(client_id: string, signer = key): Promise<void> {
  const { issuer } = server
  const authorization = buildAuthorization(issuer, { client_id })
  const parts = {
    answer: await authorize(authorization),
    codeVerifier: authorization.codeVerifier,
  }
  const first = await redeem(issuer, { client_id }, parts, await signer.sign(client_id, issuer))
  assert.equal(first.status, 200, JSON.stringify(first.body))
  const proof = await signer.sign(client_id, `${issuer}/token`)
  const next = await refresh(issuer, { client_id }, first.body['refresh_token'], proof)
  assert.equal(next.status, 200, JSON.stringify(next.body))
  const revoked = await send(`${issuer}/revoke`, {
    body: new URLSearchParams({
      token: String(next.body['refresh_token']),
      ...(await signer.sign(client_id, issuer)),
    }),
  })
  assert.equal(revoked.status, 200, revoked.body)
}

// draft-ietf-oauth-client-id-metadata-document: the method that a document registers is binding.
test('a client whose document registers private_key_jwt authenticates that way only', async () => {
  await completeJourney(ID)
  assert.equal(await present({}, ID), REFUSED)
  assert.equal(await present({ client_secret: 'x' }, ID), REFUSED)
  assert.equal(await present(await otherKey.sign(ID, server.issuer), ID), REFUSED)
})

test('registered and configured clients can authenticate with private_key_jwt', async () => {
  await completeJourney(await register({ jwks_uri: KEYS }))
  await completeJourney(await register({ jwks: { keys: [key.publicKey] } }))
  await completeJourney('portal')
  await completeJourney('inline')
})

for (const alg of ['RS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519']) {
  test(`an assertion signed with ${alg} is accepted, unless the client registered another algorithm`, async () => {
    const signer = await createAssertionKey(alg)
    const client = await register({ jwks: { keys: [signer.publicKey] } })
    assert.equal(await present(await signer.sign(client, server.issuer)), AUTHENTICATED)
    const pinned = await register({
      jwks: { keys: [signer.publicKey] },
      token_endpoint_auth_signing_alg: alg === 'RS256' ? 'ES256' : 'RS256',
    })
    assert.equal(await present(await signer.sign(pinned, server.issuer)), REFUSED)
  })
}

for (const kid of [null, 'one']) {
  test(`an assertion is tried with two keys of a set at most: ${kid ?? 'without a kid'}`, async () => {
    const signers = await Promise.all([1, 2, 3].map(() => createAssertionKey('ES256', { kid })))
    const jwks = { keys: signers.map(({ publicKey }) => publicKey) }
    web.publish(KEYS, { body: jwks })
    for (const client of [await register({ jwks }), await register({ jwks_uri: KEYS })]) {
      const answers = signers.map(async (signer) =>
        present(await signer.sign(client, server.issuer)),
      )
      assert.deepEqual(await Promise.all(answers), [AUTHENTICATED, AUTHENTICATED, REFUSED])
    }
  })
}

test('of ten keys, each verifies the assertions that name it', async () => {
  const signers = await Promise.all(Array.from({ length: 10 }, () => createAssertionKey('ES256')))
  const client = await register({ jwks: { keys: signers.map(({ publicKey }) => publicKey) } })
  for (const signer of signers) {
    assert.equal(await present(await signer.sign(client, server.issuer)), AUTHENTICATED)
  }
})

test('a key is found behind eleven keys that verify no assertion', async () => {
  const signer = await createAssertionKey('ES384')
  const { kid: _kid, ...other } = signer.publicKey
  const keys = Array.from({ length: 11 }, (_, at) => [
    { ...other, kid: `enc-${at}`, use: 'enc' },
    { ...other, kid: `alg-${at}`, alg: 'ECDH-ES' },
  ]).flat()
  web.publish(KEYS, { body: { keys: [...keys, signer.publicKey] } })
  const client = await register({ jwks_uri: KEYS })
  assert.equal(await present(await signer.sign(client, server.issuer)), AUTHENTICATED)
})

test('costly keys are refused at registration, in a document and at its jwks_uri', async () => {
  const { publicKey } = key
  const costly = Array.from({ length: 6 }, () => ({ ...publicKey, e: publicKey.n }))
  const jwks = { keys: costly }
  const { client_id: _id, ...body } = document({ jwks })
  const refused = await send(`${server.issuer}/register`, { body })
  assert.equal(refused.status, 400, refused.body)
  assert.match(String(jsonOf(refused)['error_description']), /RSA of 2048 to 4096 bits/)

  // Two of them: a document has at most 5 KiB.
  web.publish(ID, { body: document({ jwks: { keys: costly.slice(0, 2) } }) })
  const inDocument = await refresh(server.issuer, { client_id: ID }, 'x', {
    ...(await key.sign(ID, server.issuer)),
  })
  assert.equal(`${inDocument.status} ${inDocument.body['error']}`, REFUSED)
  assert.match(String(inDocument.body['error_description']), /RSA of 2048 to 4096 bits/)
  web.publish(KEYS, { body: jwks })
  const byUri = await register({ jwks_uri: KEYS })
  const atUri = await present(await key.sign(byUri, server.issuer))
  assert.equal(atUri, '503 temporarily_unavailable')

  // The same client with one good key among them.
  web.publish(KEYS, { body: { keys: [...costly, publicKey] } })
  clock.nowMs += MINUTES
  assert.equal(await present(await key.sign(byUri, server.issuer)), AUTHENTICATED)
})

test('costly keys that were stored before keys were limited verify nothing', async () => {
  const store = createMemoryStore({ now: Date.now })
  const own = await startTestServer({ overrides: { store } })
  try {
    const logger = { warn() {}, error() {} }
    const options = { config: own.config, store, now: Date.now, monotonicNow: Date.now, logger }
    const { registrations } = createRecordStores(options)
    const other = await createAssertionKey('RS256', { publicExponent: 3 })
    const jwks = { keys: [other.publicKey, key.publicKey] }
    const grant_types = ['authorization_code', 'refresh_token']
    const metadata = { ...document({ jwks }), client_id: 'stored', grant_types }
    await registrations.save('stored', metadata)
    for (const [signer, expected] of [
      [key, AUTHENTICATED],
      [other, REFUSED],
    ] as const) {
      const proof = await signer.sign('stored', own.issuer)
      assert.equal(await present(proof, undefined, own), expected)
    }
  } finally {
    await own.close()
  }
})

test('an algorithm that is not advertised is refused', async () => {
  const signer = await createAssertionKey('PS256')
  const { alg: _alg, ...publicKey } = signer.publicKey
  const client = await register({ jwks: { keys: [publicKey] } })
  assert.equal(await present(await signer.sign(client, server.issuer)), REFUSED)
  const { client_id: _id, ...body } = document({ jwks: { keys: [signer.publicKey] } })
  const refused = await send(`${server.issuer}/register`, { body })
  assert.equal(refused.status, 400)
  assert.match(refused.body, /with an alg of RS256, ES256, ES384, EdDSA, Ed25519 or none/)
})

test('RFC 7523 §3: audience, issuer, subject, expiry and jti of an assertion are checked', async () => {
  const nowSeconds = Math.floor(Date.now() / 1000)
  for (const [claims, expected] of [
    [{ aud: server.issuer }, AUTHENTICATED],
    [{ aud: `${server.issuer}/token` }, AUTHENTICATED],
    [{ aud: [server.issuer] }, AUTHENTICATED],
    [{ aud: [server.issuer, `${server.issuer}/token`] }, AUTHENTICATED],
    // draft-ietf-oauth-rfc7523bis: another server in the list could replay the assertion here.
    [{ aud: ['https://other.example', server.issuer] }, REFUSED],
    [{ aud: [server.issuer, 'https://other.example/token'] }, REFUSED],
    [{ aud: [] }, REFUSED],
    [{ aud: 'https://other.example' }, REFUSED],
    [{ aud: `${server.issuer}/` }, REFUSED],
    [{ aud: undefined }, REFUSED],
    [{ iss: 'someone' }, REFUSED],
    [{ iss: undefined }, REFUSED],
    [{ sub: undefined }, REFUSED],
    [{ sub: 'someone' }, '400 invalid_request'], // contradicts the client_id of the request
    [{ jti: undefined }, REFUSED],
    [{ jti: 7 }, REFUSED],
    [{ exp: undefined }, REFUSED],
    [{ exp: nowSeconds - 60 }, REFUSED],
    [{ exp: nowSeconds + 7200 }, REFUSED],
    [{ exp: '9999999999' }, REFUSED],
    [{ exp: nowSeconds + 60.5 }, AUTHENTICATED],
    [{ nbf: nowSeconds + 600 }, REFUSED],
    [{ iat: nowSeconds - 590, exp: nowSeconds + 3000 }, AUTHENTICATED],
    [{ iat: nowSeconds - 610, exp: nowSeconds + 3000 }, REFUSED],
    [{ iat: nowSeconds + 130 }, REFUSED],
    [{ iat: 'today' }, REFUSED],
    [{ iat: undefined, exp: nowSeconds + 590 }, AUTHENTICATED],
    [{ iat: undefined, exp: nowSeconds + 610 }, REFUSED],
  ] as const) {
    const proof = await key.sign(ID, server.issuer, claims)
    assert.equal(await present(proof, ID), expected, JSON.stringify(claims))
  }
})

test('the jti of an assertion is stored for as long as the assertion is accepted, and no longer', async () => {
  const store = createRecordingStore({ now: Date.now })
  const at = await startTestServer({ overrides: { store, outbound: web.outbound } })
  try {
    const nowSeconds = Math.floor(Date.now() / 1000)
    const proof = await key.sign(ID, at.issuer, { iat: nowSeconds - 10, exp: nowSeconds + 3500 })
    assert.equal(await present(proof, ID, at), AUTHENTICATED)
    const [ttl = 0] = store.lifetimes('replay')
    // Ten minutes, and what clocks may differ by.
    assert.ok(ttl >= 600 && ttl <= 1100, String(ttl))
  } finally {
    await at.close()
  }
})

test('RFC 7523 §3: an assertion is accepted once across two replicas, even in a race', async () => {
  const store = createMemoryStore({ now: Date.now })
  const overrides = { outbound: web.outbound, store }
  // Replicas share one issuer. Here each has its own port, so the same jti is signed for each.
  const env = { SESSION_SECRET: 'x'.repeat(48) }
  const first = await startTestServer({ overrides, env })
  const second = await startTestServer({ overrides, env })
  try {
    const sign = async (jti: string) => ({
      atFirst: await key.sign(ID, first.issuer, { jti }),
      atSecond: await key.sign(ID, second.issuer, { jti }),
    })
    const { atFirst, atSecond } = await sign('once')
    assert.equal(await present(atFirst, ID, first), AUTHENTICATED)
    assert.equal(await present(atFirst, ID, first), REFUSED)
    assert.equal(await present(atSecond, ID, second), REFUSED)
    const raced = await sign('raced')
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        i % 2 ? present(raced.atFirst, ID, first) : present(raced.atSecond, ID, second),
      ),
    )
    assert.equal(answers.filter((answer) => answer === AUTHENTICATED).length, 1)
    assert.equal(answers.filter((answer) => answer === REFUSED).length, 9)
    // A jti is unique per client, so another client may use the same value.
    const other = `https://${HOST}/other.json`
    web.publish(other, { body: document({ client_id: other, jwks_uri: KEYS }) })
    const ofOther = await key.sign(other, first.issuer, { jti: 'once' })
    assert.equal(await present(ofOther, other, first), AUTHENTICATED)
  } finally {
    await first.close()
    await second.close()
  }
})

test('keys are fetched only for an assertion, cached, and fetched again for an unknown key', async () => {
  const before = web.count(KEYS)
  const asked = () => web.count(KEYS) - before
  await send(buildAuthorization(server.issuer, { client_id: ID }).url)
  assert.equal(asked(), 0)
  assert.equal(await present(await key.sign(ID, server.issuer), ID), AUTHENTICATED)
  assert.equal(await present(await key.sign('portal', server.issuer)), AUTHENTICATED)
  assert.equal(asked(), 1, 'two clients, one key set')
  publishKeys(otherKey)
  assert.equal(await present(await otherKey.sign(ID, server.issuer), ID), REFUSED)
  assert.equal(asked(), 1, 'unknown keys cannot trigger a fetch each time')
  clock.nowMs += MINUTES / 2
  assert.equal(await present(await otherKey.sign(ID, server.issuer), ID), AUTHENTICATED)
  assert.equal(asked(), 2)
  assert.equal(await present(await key.sign(ID, server.issuer), ID), REFUSED)
})

test('a key that its owner removed verifies for at most an hour, whatever the cache headers say', async () => {
  const body = { keys: [key.publicKey] }
  web.publish(KEYS, { headers: { 'cache-control': 'max-age=31536000' }, body })
  assert.equal(await present(await key.sign(ID, server.issuer), ID), AUTHENTICATED)
  publishKeys(otherKey)
  clock.nowMs += 61 * MINUTES
  const claims = { ...UNDATED, exp: Math.floor(Date.now() / 1000) + 300 }
  assert.equal(await present(await key.sign(ID, server.issuer, claims), ID), REFUSED)
})

test('A16: the cached key set serves during an outage, and without a cached copy the answer is 503', async () => {
  web.publish(KEYS, { status: 500 })
  const { status, body } = await refresh(server.issuer, { client_id: ID }, 'x', {
    ...(await key.sign(ID, server.issuer)),
  })
  assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable'])
  assert.match(String(body['error_description']), /jwks_uri/)
  clock.nowMs += MINUTES
  publishKeys(key)
  assert.equal(await present(await key.sign(ID, server.issuer), ID), AUTHENTICATED)
  web.publish(KEYS, { status: 500 })
  clock.nowMs += 5 * 60 * MINUTES
  assert.equal(await present(await key.sign(ID, server.issuer, UNDATED), ID), AUTHENTICATED)
  // The unreachable key set may contain this key, so the client is neither accepted nor refused.
  const unknown = await present(await otherKey.sign(ID, server.issuer, UNDATED), ID)
  assert.equal(unknown, '503 temporarily_unavailable')
})

test('a cached key set is dropped when its URL keeps answering 404 or 410', async () => {
  for (const status of [404, 410]) {
    publishKeys(key)
    clock.nowMs += 61 * MINUTES
    assert.equal(await present(await key.sign(ID, server.issuer, UNDATED), ID), AUTHENTICATED)
    web.publish(KEYS, { status })
    const claims = () => ({ ...UNDATED, exp: Math.floor(clock.nowMs / 1000) + 300 })
    clock.nowMs += 61 * MINUTES
    const first = await present(await key.sign(ID, server.issuer, claims()), ID)
    assert.equal(first, AUTHENTICATED, `${status} for the first time`)
    clock.nowMs += 6 * MINUTES
    const later = await present(await key.sign(ID, server.issuer, claims()), ID)
    assert.equal(later, REFUSED, `${status} again`)
  }
})

test('A16: an invalid, oversized, redirected or missing key set is a 503, not invalid_client', async () => {
  const huge = { keys: [key.publicKey], x: 'x'.repeat(64 * 1024) }
  for (const [published] of [
    [{ status: 404 }],
    [{ status: 302, headers: { location: KEYS } }],
    [{ headers: { 'content-type': 'text/html' }, body: 'x' }],
    [{ body: '{' }],
    [{ body: { keys: 7 } }],
    [{ body: { keys: [] } }],
    [{ body: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    [{ body: huge }],
  ] as const) {
    web.publish(KEYS, published)
    clock.nowMs += MINUTES
    const proof = await key.sign(ID, server.issuer)
    const { status, body } = await refresh(server.issuer, { client_id: ID }, 'x', proof)
    assert.deepEqual(
      [status, body['error']],
      [503, 'temporarily_unavailable'],
      JSON.stringify(body),
    )
  }
})

test('A16: a registered jwks_uri that resolves to a special address is not fetched', async () => {
  const resolve = async () => [{ address: '169.254.169.254', family: 4 }]
  const outbound = { resolve, connect: () => assert.fail('must not connect') }
  const own = await startTestServer({ overrides: { outbound } })
  try {
    const { client_id: _id, ...body } = document({ jwks_uri: 'https://metadata.example/keys' })
    const { client_id } = jsonOf(await send(`${own.issuer}/register`, { body }))
    const proof = await key.sign(String(client_id), own.issuer)
    const answer = await refresh(own.issuer, { client_id: String(client_id) }, 'x', proof)
    assert.equal(answer.status, 503)
    assert.ok(own.logLines.some((line) => line.includes('no public IP address')))
  } finally {
    await own.close()
  }
})

test('RFC 7591 §2: a registration for private_key_jwt needs exactly one source of usable keys', async () => {
  const { publicKey } = key
  for (const [members, fault] of [
    [{}, /needs either jwks or jwks_uri/],
    [{ jwks: { keys: [publicKey] }, jwks_uri: KEYS }, /needs either jwks or jwks_uri/],
    [{ jwks: { keys: [] } }, /jwks must hold/],
    [{ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /jwks must hold/],
    [{ jwks: 'x' }, /jwks must hold/],
    [{ jwks_uri: 'http://client.example/jwks.json' }, /must be an https URL/],
    [{ jwks_uri: 7 }, /must be an https URL/],
    [{ jwks_uri: `${KEYS}?`.padEnd(2001, 'x') }, /at most 2000 characters/],
    [{ jwks_uri: KEYS, token_endpoint_auth_signing_alg: 'HS256' }, /signing_alg must be one of/],
  ] as const) {
    const { client_id: _id, ...body } = document(members)
    const answer = await send(`${server.issuer}/register`, { body })
    assert.equal(answer.status, 400, JSON.stringify(members))
    assert.match(String(jsonOf(answer)['error_description']), fault)
  }
  const body = document({ jwks: { keys: [{ ...publicKey, d: 'private', x5c: ['x'] }] } })
  const answer = await send(`${server.issuer}/register`, { body })
  assert.equal(answer.status, 201, answer.body)
  assert.doesNotMatch(answer.body, /private"|x5c/)
})
