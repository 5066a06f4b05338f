// Anyone can send a statement: what each of them costs, and what trouble at the upstream means.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { AppError } from '../../../src/errors.ts'
import {
  createSignedStatements,
  StatementRejected,
} from '../../../src/upstream/statements/signed-statements.ts'

const ISSUER = 'https://upstream.example'
const AUDIENCE = 'https://auth.example.com/global-token-revocation'
const TYPE = 'global-token-revocation+jwt'
const EXPECTED = { types: [TYPE], audience: AUDIENCE }
const keys = [await generateKeyPair('RS256'), await generateKeyPair('RS256')] as const

function prepare() {
  let nowMs = 1_800_000_000_000
  let published = [0]
  let isDown = false
  let isDiscovered = true
  const fetched: string[] = []
  const statements = createSignedStatements({
    from: {
      issuer: ISSUER,
      async findJwksUri() {
        if (!isDiscovered) throw new Error('no discovery document')
        return `${ISSUER}/jwks`
      },
    },
    async fetch(url) {
      fetched.push(url)
      if (isDown) throw new Error('connection refused')
      const jwks = published.map(async (n) => ({
        ...(await exportJWK(keys[n]?.publicKey ?? keys[0].publicKey)),
        kid: `${n}`,
        alg: 'RS256',
      }))
      return Response.json({ keys: await Promise.all(jwks) })
    },
    now: () => nowMs,
  })
  const sign = (
    claims = {},
    { n = 0, ...header }: Record<string, unknown> & { n?: number } = {},
  ) => {
    const iat = nowMs / 1000
    const all = { iss: ISSUER, aud: AUDIENCE, iat, exp: iat + 300, jti: randomUUID(), ...claims }
    const { privateKey } = keys[n] ?? keys[0]
    const protectedHeader = { alg: 'RS256', typ: TYPE, kid: `${n}`, ...header }
    return new SignJWT(all).setProtectedHeader(protectedHeader).sign(privateKey)
  }
  return {
    fetched,
    sign,
    verify: async (statement: string | Promise<string>) =>
      statements.verify(await statement, EXPECTED),
    pass: (ms: number) => {
      nowMs += ms
    },
    publish: (...list: number[]) => {
      published = list
    },
    set: (state: { down?: boolean; discovered?: boolean }) => {
      isDown = state.down ?? isDown
      isDiscovered = state.discovered ?? isDiscovered
    },
  }
}

const isUnavailable = (error: unknown) =>
  error instanceof AppError && error.code === 'upstream_unavailable' && error.status === 503

test('keys are fetched once for many statements', async () => {
  const { verify, sign, fetched } = prepare()
  await Promise.all(Array.from({ length: 20 }, () => verify(sign({ sub: 'ada' }))))
  assert.equal((await verify(sign({ sub: 'ada' }))).sub, 'ada')
  assert.equal(fetched.length, 1)
})

test('a statement that is not for this server causes no fetch', async () => {
  const { verify, sign, fetched } = prepare()
  for (const statement of [
    '',
    'a.b.c',
    await sign({ aud: 'another' }),
    await sign({ iss: 'https://other.example' }),
    await sign({}, { typ: 'JWT' }),
    await sign({ padding: 'x'.repeat(9000) }),
    `${Buffer.from(JSON.stringify({ alg: 'HS256', typ: TYPE })).toString('base64url')}.e30.x`,
  ]) {
    await assert.rejects(verify(statement), StatementRejected)
  }
  assert.deepEqual(fetched, [])
})

test('1,000 statements with keys that do not exist cause one fetch', async () => {
  const { verify, sign, fetched } = prepare()
  await verify(sign())
  const [header = '', claims, signature] = (await sign({}, { n: 1 })).split('.')
  for (let n = 0; n < 1000; n += 1) {
    const unknown = {
      ...JSON.parse(Buffer.from(header, 'base64url').toString()),
      kid: `made up ${n}`,
    }
    const forged = Buffer.from(JSON.stringify(unknown)).toString('base64url')
    await assert.rejects(verify(`${forged}.${claims}.${signature}`), StatementRejected)
  }
  assert.ok(fetched.length <= 2, `${fetched.length}`)
})

test('a key that the upstream publishes later is found', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
  const { verify, sign, publish, pass, fetched } = prepare()
  await verify(sign())
  publish(1)
  const ms = 31_000
  t.mock.timers.tick(ms)
  pass(ms)
  await verify(sign({}, { n: 1 }))
  assert.equal(fetched.length, 2)
})

test('keys that cannot be fetched are a 503, asked for again after 5 s, and the statement then counts', async () => {
  for (const trouble of [{ down: true }, { discovered: false }]) {
    const { verify, sign, set, pass, fetched } = prepare()
    const statement = await sign()
    set(trouble)
    await assert.rejects(verify(statement), isUnavailable)
    const asked = fetched.length
    for (let n = 0; n < 100; n += 1) await assert.rejects(verify(statement), isUnavailable)
    assert.equal(fetched.length, asked, 'nobody asks again at once')
    set({ down: false, discovered: true })
    pass(5000)
    assert.ok((await verify(statement)).jti)
  }
})

test('an upstream that is down does not matter while its keys are cached', async () => {
  const { verify, sign, set } = prepare()
  await verify(sign())
  set({ down: true })
  assert.ok((await verify(sign())).jti)
})

test('clocks may differ by two minutes', async () => {
  const { verify, sign } = prepare()
  const nowSeconds = 1_800_000_000
  await verify(sign({ iat: nowSeconds + 110, nbf: nowSeconds + 110 }))
  await verify(sign({ iat: nowSeconds - 400, exp: nowSeconds - 110 }))
  for (const claims of [
    { iat: nowSeconds + 130 },
    { nbf: nowSeconds + 130 },
    { exp: nowSeconds - 130 },
    { exp: nowSeconds + 86_401 },
  ]) {
    await assert.rejects(verify(sign(claims)), StatementRejected)
  }
})
