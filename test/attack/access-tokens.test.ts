// Forged, confused and misdirected access tokens. The simple forgeries are in test/integration/userinfo.test.ts.
import { createPublicKey } from 'node:crypto'
import { after, before } from 'node:test'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { claimsOf, logIn } from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import {
  OTHER_RESOURCE,
  startTestServer,
  TEST_RESOURCE,
  type TestServer,
} from '../support/server.ts'

const ALIAS = 'https://alias.example.com/mcp'
const SECRETS = { [TEST_RESOURCE]: 'secret-of-the-first', [OTHER_RESOURCE]: 'secret-of-the-other' }

let server: TestServer
let genuine: string
let aliased: string
before(async () => {
  server = await startTestServer({
    env: {
      RESOURCES: '',
      FIRST_SECRET: SECRETS[TEST_RESOURCE],
      OTHER_SECRET: SECRETS[OTHER_RESOURCE],
    },
    file: {
      resourceServers: [
        { resource: TEST_RESOURCE, aliases: [ALIAS], introspectionSecretEnv: 'FIRST_SECRET' },
        { resource: OTHER_RESOURCE, introspectionSecretEnv: 'OTHER_SECRET' },
      ],
      defaultResource: TEST_RESOURCE,
    },
  })
  const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid' } })
  genuine = String(tokens['access_token'])
  const forAlias = await logIn(server.issuer, { parameters: { resource: ALIAS } })
  aliased = String(forAlias.tokens['access_token'])
})
after(() => server.close())

type Claims = Record<string, unknown>
interface Forgery {
  readonly header?: Record<string, unknown>
  readonly claims?: Claims
  readonly key?: Parameters<SignJWT['sign']>[0]
}

const ownKey = (alg = 'RS256'): JWK => {
  const key = server.config.jwks.keys.find((candidate) => candidate.alg === alg)
  if (!key) throw new Error(`no key for ${alg}`)
  return key
}
const headerOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token like the genuine one, with these changes; by default signed with the server's own key. */
async function forge({ header = {}, claims = {}, key }: Forgery): Promise<string> {
  const all = { ...headerOf(genuine), ...header }
  const payload = JSON.parse(JSON.stringify({ ...claimsOf(genuine), ...claims }))
  const signer = new SignJWT(payload).setProtectedHeader(all as { alg: string })
  const crit = all['crit'] === undefined ? {} : { crit: { 'http://x.example': true } }
  return signer.sign(key ?? (await importJWK(ownKey(), String(all['alg']))), crit)
}

const attackerKey = async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { key: privateKey, jwk: await exportJWK(publicKey) }
}

async function forgeWithHeader(header: (jwk: JWK) => Record<string, unknown>): Promise<string> {
  const { key, jwk } = await attackerKey()
  return forge({ key, header: header(jwk), claims: { sub: 'dev-1906' } })
}

/** An unverifiable signature under a header of the attacker's choice. */
const assemble = (header: object, signature: string) =>
  `${encode({ ...headerOf(genuine), ...header })}.${genuine.split('.')[1]}.${signature}`

const pemOf = () =>
  createPublicKey({ key: ownKey(), format: 'jwk' }).export({ type: 'spki', format: 'pem' })

testAttacks<() => Promise<string> | string>({
  guarantee: 'a forged or confused access token is not accepted',
  run: async (token) => {
    const authorization = `Bearer ${await token()}`
    return outcomeOf(await send(`${server.issuer}/userinfo`, { headers: { authorization } }))
  },
  honest: () => forge({}),
  control: '200',
  refusal: '401 invalid_token',
  attacks: {
    "signed with the attacker's key under our kid": () => forgeWithHeader(() => ({})),
    'the key in a jwk header': () => forgeWithHeader((jwk) => ({ jwk })),
    'the key in a jwk header without a kid': () =>
      forgeWithHeader((jwk) => ({ jwk, kid: undefined })),
    'the key at a jku': () => forgeWithHeader(() => ({ jku: 'https://evil.example/jwks' })),
    'the key at an x5u': () => forgeWithHeader(() => ({ x5u: 'https://evil.example/x.pem' })),
    'a kid that is a path to an empty file': () =>
      forge({
        header: { alg: 'HS256', kid: '../../../../../../dev/null' },
        key: Buffer.from([0]),
      }),
    'a kid that names an inherited property': () => forgeWithHeader(() => ({ kid: '__proto__' })),
    'HS256 with the PEM of the public key': () =>
      forge({ header: { alg: 'HS256' }, key: Buffer.from(pemOf()) }),
    'HS256 with the modulus of the public key': () =>
      forge({ header: { alg: 'HS256' }, key: Buffer.from(String(ownKey().n), 'base64url') }),
    'alg None': () => assemble({ alg: 'None' }, ''),
    'alg nOnE with the genuine signature': () =>
      assemble({ alg: 'nOnE' }, genuine.split('.')[2] ?? ''),
    'ES256 with a signature of zeros': () =>
      assemble({ alg: 'ES256', kid: ownKey('ES256').kid }, Buffer.alloc(64).toString('base64url')),
    'ES256 under the kid of the RSA key': () =>
      assemble({ alg: 'ES256' }, Buffer.alloc(64, 1).toString('base64url')),
    'PS256 with the RSA key': () => forge({ header: { alg: 'PS256' } }),
    'a critical header that is not understood': () =>
      forge({ header: { crit: ['http://x.example'], 'http://x.example': true } }),
    'no typ': () => forge({ header: { typ: undefined } }),
    'the typ of an ID token': () => forge({ header: { typ: 'JWT' } }),
    'the typ of a DPoP proof': () => forge({ header: { typ: 'dpop+jwt' } }),
    'the typ of a logout token': () => forge({ header: { typ: 'logout+jwt' } }),
    'another issuer': () => forge({ claims: { iss: 'https://evil.example' } }),
    'an issuer with a trailing slash': () => forge({ claims: { iss: `${server.issuer}/` } }),
    'a list of issuers': () => forge({ claims: { iss: [server.issuer] } }),
    'no expiry': () => forge({ claims: { exp: undefined } }),
    'an expiry that is text': () => forge({ claims: { exp: '9999999999' } }),
    'not valid yet': () => forge({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
    'no subject': () => forge({ claims: { sub: undefined } }),
    'no client': () => forge({ claims: { client_id: undefined } }),
    'no grant reference': () => forge({ claims: { grant_ref: undefined } }),
    'a grant reference of nobody': () => forge({ claims: { grant_ref: 'x'.repeat(43) } }),
    'a grant reference that is a list': () => forge({ claims: { grant_ref: ['x'] } }),
  },
})

interface Introspection {
  readonly authorization?: string
  readonly fields?: Record<string, string> | [string, string][]
  readonly query?: string
}

const AS_FIRST = { client_id: TEST_RESOURCE, client_secret: SECRETS[TEST_RESOURCE] ?? '' }
const asOther = () => basic(OTHER_RESOURCE, SECRETS[OTHER_RESOURCE] ?? '')

testAttacks<() => Introspection>({
  guarantee: 'only the resource server of its audience learns about a token',
  run: async (ask) => {
    const { authorization, fields = {}, query = '' } = ask()
    const pairs = Array.isArray(fields) ? fields : Object.entries(fields)
    const answer = await send(`${server.issuer}/introspect${query}`, {
      headers: authorization === undefined ? {} : { authorization },
      body: new URLSearchParams([['token', genuine], ...pairs]),
    })
    return `${answer.status} ${jsonOf(answer)['active'] === true}`
  },
  honest: () => ({ fields: AS_FIRST }),
  control: '200 true',
  refusal: /^(4\d\d|200) false$/,
  attacks: {
    'another resource server': () => ({ authorization: asOther() }),
    'another resource server that also posts the id': () => ({
      authorization: asOther(),
      fields: { client_id: TEST_RESOURCE },
    }),
    'another resource server that names the resource': () => ({
      authorization: asOther(),
      fields: { resource: TEST_RESOURCE, audience: TEST_RESOURCE, aud: TEST_RESOURCE },
    }),
    'the id twice, with the secret of another': () => ({
      fields: [
        ['client_id', OTHER_RESOURCE],
        ['client_id', TEST_RESOURCE],
        ['client_secret', SECRETS[OTHER_RESOURCE] ?? ''],
      ],
    }),
    'Basic of another, with the id of the first before it': () => ({
      authorization: basic(TEST_RESOURCE, `:${OTHER_RESOURCE}:${SECRETS[OTHER_RESOURCE]}`),
    }),
    'the credentials in the query': () => ({ query: `?${form(AS_FIRST)}` }),
    'the id in upper case': () => ({
      fields: { ...AS_FIRST, client_id: TEST_RESOURCE.toUpperCase() },
    }),
    'an id with a NUL byte': () => ({
      fields: { ...AS_FIRST, client_id: `${TEST_RESOURCE}\0` },
    }),
    'an empty secret': () => ({ fields: { ...AS_FIRST, client_secret: '' } }),
    'the token itself as bearer token': () => ({ authorization: `Bearer ${genuine}` }),
  },
})

const SHARED = { client_id: ALIAS, client_secret: SECRETS[TEST_RESOURCE] ?? '' }

testAttacks<Readonly<Record<string, string>>>({
  guarantee: 'only the resource server that lists an alias learns about a token for it',
  run: async (fields) => {
    const body = form({ token: aliased, ...fields })
    const answer = await send(`${server.issuer}/introspect`, { body })
    return `${answer.status} ${jsonOf(answer)['active'] === true}`
  },
  honest: AS_FIRST,
  control: '200 true',
  refusal: /false$/,
  attacks: {
    'another resource server': {
      client_id: OTHER_RESOURCE,
      client_secret: SECRETS[OTHER_RESOURCE] ?? '',
    },
    'another resource server that also names the alias': {
      client_id: OTHER_RESOURCE,
      client_secret: SECRETS[OTHER_RESOURCE] ?? '',
      resource: ALIAS,
    },
    'the alias as client id, with the secret of another': {
      ...SHARED,
      client_secret: SECRETS[OTHER_RESOURCE] ?? '',
    },
    'the alias as client id': SHARED,
  },
})
