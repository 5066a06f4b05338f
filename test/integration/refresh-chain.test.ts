// Which refresh tokens are accepted, and what they yield. Two processes: refresh-races.test.ts. Many days:
// refresh-chain-time.test.ts. Stolen tokens: refresh-chain-theft.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { logIn, refresh } from '../support/journey.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let rotating: TestServer
before(async () => {
  server = await startTestServer()
  rotating = await startTestServer({ file: { rotateConfidentialRefreshTokens: true } })
})
after(async () => {
  await server.close()
  await rotating.close()
})

const CONFIDENTIAL = { metadata: { token_endpoint_auth_method: 'client_secret_post' } }

/** `family.number.mac` */
function partsOf(token: unknown): [family: string, number: string, mac: string] {
  const [family = '', number = '', mac = ''] = String(token).split('.')
  return [family, number, mac]
}

test('50 parallel refreshes of one token all succeed, with the same successor', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => refresh(server.issuer, client, tokens['refresh_token'])),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const successors = new Set(answers.map(({ body }) => body['refresh_token']))
  assert.equal(successors.size, 1)
})

test('a forged refresh token is refused and revokes nothing', async () => {
  // Both belong to one client id, so only their MACs tell them apart.
  const metadata = { client_uri: 'https://client.example/shared' }
  const { client, tokens } = await logIn(server.issuer, { metadata })
  const other = (await logIn(server.issuer, { metadata })).tokens
  const [family, number, mac] = partsOf(tokens['refresh_token'])
  const [otherFamily, , otherMac] = partsOf(other['refresh_token'])
  const forged = {
    'a made-up MAC': [family, number, 'A'.repeat(mac.length)],
    'a cut MAC': [family, number, mac.slice(0, -1)],
    'the MAC of another family': [family, number, otherMac],
    'the family of another MAC': [otherFamily, number, mac],
    'a later number': [family, Number(number) + 1, mac],
    'a number with a leading zero': [family, `0${number}`, mac],
    'an unknown family': ['A'.repeat(family.length), number, mac],
  }
  for (const [how, parts] of Object.entries(forged)) {
    const { status, body } = await refresh(server.issuer, client, parts.join('.'))
    assert.deepEqual([status, body['error']], [400, 'invalid_grant'], how)
  }
  for (const token of [tokens['refresh_token'], other['refresh_token']]) {
    assert.equal((await refresh(server.issuer, client, token)).status, 200)
  }
})

test('a refresh token from another client is refused and revokes nothing', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const stranger = (await logIn(server.issuer, { metadata: { client_name: 'Stranger' } })).client
  assert.notEqual(stranger.client_id, client.client_id)
  const { status, body } = await refresh(server.issuer, stranger, tokens['refresh_token'])
  assert.deepEqual([status, body['error']], [400, 'invalid_grant'])
  assert.equal((await refresh(server.issuer, client, tokens['refresh_token'])).status, 200)
})

test('a confidential client keeps its refresh token', async () => {
  const { client, tokens } = await logIn(server.issuer, CONFIDENTIAL)
  for (let n = 0; n < 3; n += 1) {
    const { status, body } = await refresh(server.issuer, client, tokens['refresh_token'])
    assert.equal(status, 200)
    assert.equal(body['refresh_token'], tokens['refresh_token'])
  }
})

test('with rotateConfidentialRefreshTokens, the refresh token of a confidential client rotates', async () => {
  const { client, tokens } = await logIn(rotating.issuer, CONFIDENTIAL)
  const { status, body } = await refresh(rotating.issuer, client, tokens['refresh_token'])
  assert.equal(status, 200)
  assert.notEqual(body['refresh_token'], tokens['refresh_token'])
  assert.equal((await refresh(rotating.issuer, client, body['refresh_token'])).status, 200)
})
