// The fuzzer itself: it repeats its requests, and it notices what must not happen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listen } from '../../../scripts/dev/listen.ts'
import { fuzz } from '../../../scripts/fuzz/fuzz.ts'
import type { Ingredients } from '../../../scripts/fuzz/ingredients.ts'
import { createMalformedRequest } from '../../../scripts/fuzz/malformed-request.ts'
import { createRandom } from '../../../scripts/fuzz/random.ts'
import { ROUTES } from '../../../src/http/routes.ts'

const ingredients: Ingredients = { values: {}, cookies: ['a=b'], authorizations: ['Bearer x'] }
const routes = Object.values(ROUTES)

const requestsOf = (seed: number) =>
  Array.from({ length: 400 }, (_, number) =>
    createMalformedRequest(createRandom(seed, number), { routes, host: 'localhost', ingredients }),
  )

test('a seed gives the same requests each time, and another seed gives others', () => {
  const first = requestsOf(7)
  assert.deepEqual(requestsOf(7), first)
  assert.ok(new Set([...first, ...requestsOf(8)].map(({ bytes }) => bytes)).size > 780)
})

test('400 requests reach every route', () => {
  const all = requestsOf(1).map(({ bytes }) => bytes.split(' ')[1]?.split('?')[0] ?? '')
  for (const { path } of routes) {
    const beginning = path.split(/[:*]/)[0] ?? path
    assert.ok(
      all.some((target) => target.startsWith(beginning)),
      path,
    )
  }
})

/** Fuzzes a server that answers each request with `status`, or never if it is undefined. */
async function fuzzServer(status: number | undefined) {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  server.on('request', (request, response) => {
    request.resume()
    if (status !== undefined) response.writeHead(status).end()
  })
  try {
    const gather = async () => ingredients
    return await fuzz({ port, seed: 1, first: 100, requests: 20, timeoutMs: 300, gather })
  } finally {
    await close()
  }
}

test('a 500, a 502 and an answer that never comes are failures; 503 and 4xx are not', async () => {
  for (const [status, isFailure] of [
    [500, true],
    [502, true],
    [undefined, true],
    [503, false],
    [400, false],
  ] as const) {
    const { failures } = await fuzzServer(status)
    // Bytes that are not HTTP are closed without an answer.
    assert.equal(failures.length > 10, isFailure, String(status))
    assert.equal(failures.length > 0, isFailure, String(status))
    assert.ok(failures.every(({ number }) => number >= 100 && number < 120))
  }
})
