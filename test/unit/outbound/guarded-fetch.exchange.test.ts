// One request and its response: headers, limits, and the end of the connection.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, test } from 'node:test'
import {
  createGuardedFetch,
  FetchError,
  type FetchLimits,
} from '../../../src/outbound/guarded-fetch.ts'
import { type DocumentServer, startDocumentServer } from '../../support/document-server.ts'

const URL_OF = (path: string) => `https://client.example${path}`
const JSON_HEADERS = { 'content-type': 'application/json' }
const LIMITS: FetchLimits = { timeoutMs: 2000, maxBytes: 1000, types: /^application\/json$/ }

let web: DocumentServer
before(async () => {
  web = await startDocumentServer(['client.example'])
})
after(() => web.close())

function get(url: string, { limits }: { limits?: Partial<FetchLimits> } = {}) {
  const fetch = createGuardedFetch({
    privateHosts: [],
    currentSender: () => '',
    admit: async () => {},
    ...web.outbound,
  })
  return fetch(url, { ...LIMITS, ...limits })
}

async function errorOf(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof FetchError, String(error))
  return error
}

/** Publishes a page and resolves to the first exchange for it. */
function exchangeAt(path: string, answer: (response: ServerResponse) => void) {
  return new Promise<{ request: IncomingMessage; response: ServerResponse }>((resolve) => {
    web.publish(URL_OF(path), (request, response) => {
      resolve({ request, response })
      answer(response)
    })
  })
}

test('a request asks for uncompressed JSON and for no further use of the connection', async () => {
  const exchange = exchangeAt('/json', (response) =>
    response.writeHead(200, JSON_HEADERS).end('{}'),
  )
  await get(URL_OF('/json'))
  const { method, headers } = (await exchange).request
  assert.equal(method, 'GET')
  assert.deepEqual(headers, {
    host: 'client.example',
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'mcp-oidc-server',
    connection: 'close',
  })
})

test('each fetch opens a connection of its own', async () => {
  web.publish(URL_OF('/ok'), { body: {} })
  const { length } = web.targets
  await get(URL_OF('/ok'))
  await get(URL_OF('/ok'))
  assert.equal(web.targets.length, length + 2)
})

test('the connection closes when the fetch fails, whatever the fault', {
  timeout: 10_000,
}, async () => {
  const endless =
    (status: number, headers: Record<string, string>) => (response: ServerResponse) => {
      response.writeHead(status, headers).write('{')
    }
  const cases = {
    timeout: endless(200, JSON_HEADERS),
    redirect: endless(302, JSON_HEADERS),
    status: endless(500, JSON_HEADERS),
    type: endless(200, { 'content-type': 'text/html' }),
    too_large: endless(200, { ...JSON_HEADERS, 'content-length': '1001' }),
  }
  for (const [fault, answer] of Object.entries(cases)) {
    const exchange = exchangeAt('/endless', answer)
    const error = await errorOf(get(URL_OF('/endless'), { limits: { timeoutMs: 500 } }))
    assert.equal(error.fault, fault)
    const { response } = await exchange
    if (!response.closed) await once(response, 'close')
  }
})

test('a content type may have parameters after spaces, and a missing one counts as empty', async () => {
  const type = { 'content-type': 'application/json ; charset=utf-8' }
  web.publish(URL_OF('/type'), { headers: type, body: '{}' })
  assert.equal((await get(URL_OF('/type'))).body.toString(), '{}')

  web.publish(URL_OF('/type'), (_request, response) => response.end('{}'))
  const anything = { types: /./ }
  assert.equal((await errorOf(get(URL_OF('/type'), { limits: anything }))).fault, 'type')
  const nothing = { types: /^$/ }
  assert.equal((await get(URL_OF('/type'), { limits: nothing })).body.toString(), '{}')
})

test('a body of exactly the maximum size may announce its length', async () => {
  const headers = { 'content-length': '1000' }
  web.publish(URL_OF('/length'), { headers, body: 'x'.repeat(1000) })
  assert.equal((await get(URL_OF('/length'))).body.length, 1000)
})

test('status 300 is a redirect', async () => {
  web.publish(URL_OF('/choices'), { status: 300 })
  assert.equal((await errorOf(get(URL_OF('/choices')))).fault, 'redirect')
})
