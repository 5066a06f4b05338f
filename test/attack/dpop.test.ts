// DPoP proofs that are forged, borrowed or ambiguous. Plain mismatches are in test/integration/dpop.test.ts and
// dpop-userinfo.test.ts.
import { randomBytes } from 'node:crypto'
import { after, before } from 'node:test'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { createDpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof, refreshForm } from '../support/dpop-journey.ts'
import { type Client, postToken, register } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

let server: TestServer
let elsewhere: TestServer
let client: Client
let pair: KeyPair
let jwk: JWK
let privateJwk: JWK
let tokens: Record<string, unknown>
before(async () => {
  server = await startTestServer()
  elsewhere = await startTestServer()
  client = await register(server.issuer)
  pair = await generateKeyPair('ES256', { extractable: true })
  jwk = await exportJWK(pair.publicKey)
  privateJwk = await exportJWK(pair.privateKey)
  const parameters = { scope: 'openid' }
  const fields = await obtainCodeForm(server.issuer, client, parameters)
  const dpop = await prove({})
  const { body } = await postToken(server.issuer, fields, { dpop })
  tokens = body
})
after(async () => {
  await server.close()
  await elsewhere.close()
})

interface Proof {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly key?: Parameters<SignJWT['sign']>[0]
}

const now = () => Math.floor(Date.now() / 1000)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function partsOf({ header = {}, claims = {} }: Proof) {
  return {
    header: { alg: 'ES256', typ: 'dpop+jwt', jwk, ...header },
    claims: {
      jti: randomBytes(12).toString('base64url'),
      htm: 'POST',
      htu: `${server.issuer}/token`,
      iat: now(),
      ...claims,
    },
  }
}

/** A proof for the token endpoint with these changes, signed with the token's key. */
async function prove(proof: Proof): Promise<string> {
  const { header, claims } = partsOf(proof)
  const payload = JSON.parse(JSON.stringify(claims))
  return new SignJWT(payload).setProtectedHeader(header).sign(proof.key ?? pair.privateKey)
}

function proveWithout(proof: Proof, signature: string): string {
  const { header, claims } = partsOf(proof)
  return `${encode(header)}.${encode(claims)}.${signature}`
}

testAttacks<() => Promise<string> | string>({
  guarantee: 'a refresh of a bound token needs a proof of its key for this request',
  run: async (proof) => {
    const dpop = await proof()
    const fields = refreshForm(client, tokens['refresh_token'])
    const answer = await postToken(server.issuer, fields, { dpop })
    if (answer.status === 200) tokens = { ...tokens, ...answer.body }
    return outcomeOf(answer)
  },
  honest: () => prove({}),
  control: '200',
  refusal: /^400 (invalid_dpop_proof|invalid_grant|use_dpop_nonce|invalid_request)$/,
  attacks: {
    'alg none': () => proveWithout({ header: { alg: 'none' } }, ''),
    'a signature of zeros': () => proveWithout({}, Buffer.alloc(64).toString('base64url')),
    "another key under the token's jwk": async () => {
      const { privateKey } = await generateKeyPair('ES256')
      return prove({ key: privateKey })
    },
    'another key and its own jwk': async () => {
      const other = await generateKeyPair('ES256', { extractable: true })
      return prove({ key: other.privateKey, header: { jwk: await exportJWK(other.publicKey) } })
    },
    'the private key in the header': () => prove({ header: { jwk: privateJwk } }),
    'a shared secret as the key': () =>
      prove({
        header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } },
        key: Buffer.from('AAAA', 'base64url'),
      }),
    'HS256 with the public key': () =>
      prove({ header: { alg: 'HS256' }, key: Buffer.from(JSON.stringify(jwk)) }),
    'no key': () => prove({ header: { jwk: undefined } }),
    'a key at a jku': () => prove({ header: { jwk: undefined, jku: `${server.issuer}/jwks` } }),
    'a kid instead of a key': () => prove({ header: { jwk: undefined, kid: 'x' } }),
    'a method in lower case': () => prove({ claims: { htm: 'post' } }),
    'another endpoint behind the same prefix': () =>
      prove({ claims: { htu: `${server.issuer}/token/x` } }),
    'an endpoint in another case': () => prove({ claims: { htu: `${server.issuer}/TOKEN` } }),
    'the host only': () => prove({ claims: { htu: server.issuer } }),
    'another host': () => prove({ claims: { htu: 'https://evil.example/token' } }),
    'a host that ends like ours': () =>
      prove({ claims: { htu: `${server.issuer.replace('//', '//evil.')}/token` } }),
    'a list of endpoints': () =>
      prove({ claims: { htu: [`${server.issuer}/token`, 'https://x.example'] } }),
    'an hour old': () => prove({ claims: { iat: now() - 3600 } }),
    'an hour ahead': () => prove({ claims: { iat: now() + 3600 } }),
    'no time': () => prove({ claims: { iat: undefined } }),
    'a time that is text': () => prove({ claims: { iat: String(now()) } }),
    'an identifier that is not text': () => prove({ claims: { jti: { x: 1 } } }),
    "another server's nonce": async () => {
      const other = await createDpopKey()
      const answer = await postWithProof(elsewhere.issuer, other, { grant_type: 'refresh_token' })
      return prove({ claims: { iat: 1, nonce: answer.headers.get('dpop-nonce') ?? 'x' } })
    },
    'an invented nonce': () => prove({ claims: { nonce: 'x'.repeat(43) } }),
    'two proofs in one header': async () => `${await prove({})}, ${await prove({})}`,
    'an access token': () => String(tokens['access_token']),
  },
})

testAttacks<() => Promise<Record<string, string>> | Record<string, string>>({
  guarantee: 'a bound access token needs a proof with its hash',
  run: async (headers) =>
    outcomeOf(await send(`${server.issuer}/userinfo`, { headers: await headers() })),
  honest: async () => ({
    authorization: `DPoP ${tokens['access_token']}`,
    dpop: await proveForUserinfo({ ath: await hashOf(tokens['access_token']) }),
  }),
  control: '200',
  refusal: /^401 /,
  attacks: {
    'as a bearer token': () => ({ authorization: `Bearer ${tokens['access_token']}` }),
    'as a bearer token with a proof': async () => ({
      authorization: `Bearer ${tokens['access_token']}`,
      dpop: await proveForUserinfo({ ath: await hashOf(tokens['access_token']) }),
    }),
    'a proof without a hash': async () => ({
      authorization: `DPoP ${tokens['access_token']}`,
      dpop: await proveForUserinfo({}),
    }),
    'a proof with the hash of another token': async () => ({
      authorization: `DPoP ${tokens['access_token']}`,
      dpop: await proveForUserinfo({ ath: await hashOf('x') }),
    }),
    'a proof for the token endpoint': async () => ({
      authorization: `DPoP ${tokens['access_token']}`,
      dpop: await prove({ claims: { ath: await hashOf(tokens['access_token']) } }),
    }),
  },
})

const proveForUserinfo = (claims: Record<string, unknown>) =>
  prove({ claims: { htm: 'GET', htu: `${server.issuer}/userinfo`, ...claims } })

async function hashOf(token: unknown): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(String(token)))
  return Buffer.from(digest).toString('base64url')
}
