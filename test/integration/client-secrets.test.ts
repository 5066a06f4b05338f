// Client secrets as clients send them: in a Basic header, encoded or not, or in the form body.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, REDIRECT_URI, register } from '../support/journey.ts'
import { basic, form, jsonOf, send } from '../support/send.ts'
import { startTestServer, TEST_RESOURCE, type TestServer } from '../support/server.ts'

/** As long as the configuration requires. */
const long = (end: string) => `0123456789abcdef${end}`
const SECRETS = ['', 'a+b c', '100%', '%2B', 'a%zz', 'a:b:c', 'a&b=c/d', '~!*()\'"'].map(long)
const ODD_ID = 'https://odd.example/?a=1+1&b=%20'
const ids = [...SECRETS.map((_, index) => `client-${index}`), ODD_ID]

const RS_SECRET = long('a%zz+')

let server: TestServer
before(async () => {
  server = await startTestServer({
    env: {
      ...Object.fromEntries(
        ids.map((_, index) => [`SECRET_${index}`, SECRETS[index] ?? long('x+y')]),
      ),
      RESOURCES: '',
      RS_SECRET,
    },
    file: {
      resourceServers: [{ resource: TEST_RESOURCE, introspectionSecretEnv: 'RS_SECRET' }],
      clients: ids.map((client_id, index) => ({
        client_id,
        client_name: 'x',
        redirect_uris: [REDIRECT_URI],
        clientSecretEnv: `SECRET_${index}`,
      })),
    },
  })
})
after(() => server.close())

const REJECTED = '401 invalid_client'
const AUTHENTICATED = '400 invalid_grant'

async function present(fields: Record<string, string>, authorization?: string): Promise<string> {
  const answer = await send(`${server.issuer}/token`, {
    body: form({ grant_type: 'refresh_token', refresh_token: 'x', ...fields }),
    ...(authorization && { headers: { authorization } }),
  })
  return `${answer.status} ${jsonOf(answer)['error']}`
}

const plain = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** RFC 6749 §2.3.1: id and secret are form-urlencoded before they are Base64-encoded. */
const formEncoded = (id: string, secret: string) => {
  const encode = (value: string) => new URLSearchParams({ v: value }).toString().slice(2)
  return plain(encode(id), encode(secret))
}

for (const [index, id] of ids.entries()) {
  const secret = SECRETS[index] ?? long('x+y')
  test(`a configured client's secret is accepted form-encoded, raw and posted: ${id} ${secret}`, async () => {
    assert.equal(await present({}, formEncoded(id, secret)), AUTHENTICATED)
    assert.equal(await present({}, basic(id, secret)), AUTHENTICATED)
    assert.equal(await present({}, plain(id, secret)), AUTHENTICATED)
    assert.equal(await present({ client_id: id, client_secret: secret }), AUTHENTICATED)
  })

  test(`a wrong secret is rejected however it is sent: ${id} ${secret}`, async () => {
    const wrong = `${secret}%`
    assert.equal(await present({}, formEncoded(id, wrong)), REJECTED)
    assert.equal(await present({}, plain(id, wrong)), REJECTED)
    assert.equal(await present({ client_id: id, client_secret: wrong }), REJECTED)
  })
}

test('a client registered for Basic may post its secret, and vice versa', async () => {
  for (const method of ['client_secret_basic', 'client_secret_post']) {
    const client: Client = await register(server.issuer, { token_endpoint_auth_method: method })
    const { client_id, client_secret = '' } = client
    assert.equal(await present({ client_id, client_secret }), AUTHENTICATED, method)
    assert.equal(await present({}, basic(client_id, client_secret)), AUTHENTICATED, method)
    assert.equal(await present({}, basic(client_id, 'x')), REJECTED, method)
    assert.equal(await present({ client_id, client_secret: 'x' }), REJECTED, method)
    assert.equal(await present({ client_id }), REJECTED, method)
  }
})

test('a resource server may send its secret form-encoded, raw or posted', async () => {
  const ask = (fields: Record<string, string>, authorization?: string) =>
    send(`${server.issuer}/introspect`, {
      body: form({ token: 'x', ...fields }),
      ...(authorization && { headers: { authorization } }),
    })
  assert.equal((await ask({}, formEncoded(TEST_RESOURCE, RS_SECRET))).status, 200)
  const posted = await ask({ client_id: TEST_RESOURCE, client_secret: RS_SECRET })
  assert.equal(posted.status, 200)
  assert.equal((await ask({}, plain(TEST_RESOURCE, RS_SECRET))).status, 200)
})
