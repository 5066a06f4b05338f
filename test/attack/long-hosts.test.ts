// URLs whose host has many different characters: URL.parse takes quadratic time to convert such a host to ASCII.
// Times are compared with those of the same request with an ASCII host of the same size.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClientStage } from '../support/client-stage.ts'
import { createDpopKey } from '../support/dpop.ts'
import { type Client, REDIRECT_URI } from '../support/journey.ts'
import { type Answer, send } from '../support/send.ts'

const dpopKey = await createDpopKey()
const { server, client } = await openClientStage()

/** A host of this many bytes in UTF-8. */
type CreateHost = (bytes: number) => string

const asciiHost: CreateHost = (bytes) => 'a'.repeat(bytes)
const costlyHost: CreateHost = (bytes) =>
  Array.from({ length: bytes / 3 }, (_, at) =>
    String.fromCodePoint(0x4e00 + ((7 * at) % 20_000)),
  ).join('')

function post(path: string, body: string | object, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return send(`${server.issuer}${path}`, {
    headers: { ...(typeof body === 'string' && type), ...headers },
    body,
  })
}

const refreshBy = ({ client_id }: Client) =>
  `grant_type=refresh_token&refresh_token=x&client_id=${client_id}`

const REQUESTS: Readonly<Record<string, (host: CreateHost) => Promise<Answer>>> = {
  'the resources of a token request': (host) => {
    const resources = [12_000, 12_000, 12_000].map((bytes) => `&resource=https://${host(bytes)}/`)
    return post('/token', refreshBy(client) + resources.join(''))
  },
  'the resource of a pushed request': (host) =>
    post(
      '/par',
      `client_id=${client.client_id}&response_type=code&redirect_uri=${REDIRECT_URI}&code_challenge=${'x'.repeat(43)}&code_challenge_method=S256&resource=https://${host(12_000)}/`,
    ),
  'the redirect URI of a pushed request': (host) =>
    post(
      '/par',
      `client_id=${client.client_id}&response_type=code&redirect_uri=https://${host(12_000)}/`,
    ),
  'the redirect URIs of a registration': (host) =>
    post('/register', {
      redirect_uris: Array.from({ length: 8 }, (_, at) => `https://${host(5700)}/${at}`),
    }),
  'the jwks_uri of a registration': (host) =>
    post('/register', {
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `https://${host(12_000)}/`,
    }),
  'the links of a registration': (host) => {
    const links = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri']
    return post('/register', {
      client_name: 'Links',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      ...Object.fromEntries(links.map((name) => [name, `https://${host(5700)}/`])),
    })
  },
  'the address in a DPoP proof': async (host) => {
    const dpop = await dpopKey.prove('POST', `https://${host(10_500)}/token`)
    return post('/token', refreshBy(client), { dpop })
  },
}

const MAX_RATIO = 4
/** Other processes interrupt some runs. */
const LEAST_RUNS = 8
const MOST_RUNS = 24

for (const [what, sendWith] of Object.entries(REQUESTS)) {
  test(`a host of many different characters takes no longer than one of ASCII letters: ${what}`, async () => {
    const shortestMs = { ascii: Number.POSITIVE_INFINITY, costly: Number.POSITIVE_INFINITY }
    const measure = async (kind: keyof typeof shortestMs, host: CreateHost): Promise<void> => {
      const startedAtMs = performance.now()
      const { status } = await sendWith(host)
      shortestMs[kind] = Math.min(shortestMs[kind], performance.now() - startedAtMs)
      assert.ok(status < 500, String(status))
    }
    const isCostly = () => !(shortestMs.costly < MAX_RATIO * shortestMs.ascii)
    for (let run = 0; run < LEAST_RUNS || (run < MOST_RUNS && isCostly()); run += 1) {
      await measure('ascii', asciiHost)
      await measure('costly', costlyHost)
    }
    assert.ok(!isCostly(), JSON.stringify(shortestMs))
  })
}
