// The fuzzer itself: it repeats its requests, and it notices what must not happen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listen } from '../../../scripts/dev/listen.ts'
import { fuzz } from '../../../scripts/fuzz/fuzz.ts'
import type { Ingredients } from '../../../scripts/fuzz/ingredients.ts'
import { createMalformedRequest } from '../../../scripts/fuzz/malformed-request.ts'
import { createRandom } from '../../../scripts/fuzz/random.ts'
import { callbackRoute, ROUTES } from '../../../src/http/routes.ts'

const ingredients: Ingredients = {
  values: {},
  cookies: ['a=b'],
  authorizations: ['Bearer x'],
  revocations: ['Bearer of-the-upstream'],
  callback: {
    values: { state: ['its-state'], code: ['its-code'], iss: ['its-issuer'] },
    cookies: ['its=cookie'],
  },
}
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

test('half of all callbacks come from a browser with the cookie and the state of a sign-in', () => {
  const parts = { routes: [callbackRoute('/callback')], host: 'localhost', ingredients }
  const all = Array.from({ length: 200 }, (_, number) =>
    createMalformedRequest(createRandom(3, number), parts),
  )
  const complete = all.filter(({ bytes }) => /state=its-state&.*its=cookie/s.test(bytes))
  assert.ok(complete.length > 80, `${complete.length}`)
})

test('what the upstream sends without a browser comes with a statement of the upstream, and with a person', () => {
  const bytesOf = (path: string) => {
    const values = { logout_token: ['its-statement'] }
    const parts = {
      routes: routes.filter((route) => route.path === path),
      host: 'localhost',
      ingredients: { ...ingredients, values },
    }
    return Array.from({ length: 100 }, (_, number) =>
      createMalformedRequest(createRandom(5, number), parts),
    ).map(({ bytes }) => bytes)
  }
  const count = (all: string[], pattern: RegExp) => all.filter((one) => pattern.test(one)).length
  const revocations = bytesOf(ROUTES.globalTokenRevocation.path)
  assert.ok(count(revocations, /Bearer of-the-upstream\r[\s\S]*"sub_id":\{"format":"iss_sub"/) > 5)
  assert.ok(count(bytesOf(ROUTES.backchannelLogout.path), /logout_token=its-statement/) > 30)
})

test('refreshes and token exchanges are tried with what they need', () => {
  const values = { refresh_token: ['its-token'], subject_token: ['its-subject'] }
  const parts = {
    routes: routes.filter(({ path }) => path === ROUTES.token.path),
    host: 'localhost',
    ingredients: { ...ingredients, values },
  }
  const all = Array.from({ length: 300 }, (_, number) =>
    createMalformedRequest(createRandom(5, number), parts),
  )
  for (const pattern of [
    /grant_type=refresh_token&.*refresh_token=its-token/,
    /grant_type=urn[^&]*token-exchange&.*subject_token=its-subject/,
  ]) {
    assert.ok(all.filter(({ bytes }) => pattern.test(bytes)).length > 20, String(pattern))
  }
})

/** Fuzzes a server that answers each request with `status`, closes its connection, or does not answer. */
async function fuzzServer(answer: number | 'close' | 'none', requests = 20) {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  server.on('request', (request, response) => {
    if (answer === 'close') return void request.socket.destroy()
    request.resume()
    if (answer !== 'none') response.writeHead(answer).end()
  })
  try {
    const gather = async () => ingredients
    const timeoutMs = answer === 'none' ? 300 : 15_000
    return await fuzz({ port, seed: 1, first: 100, requests, timeoutMs, gather })
  } finally {
    await close()
  }
}

test('a 500, a 502, a closed connection and an answer that never comes are failures; 503 and 4xx are not', async () => {
  for (const [status, isFailure] of [
    [500, true],
    [502, true],
    ['close', true],
    ['none', true],
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

test('a 502 is no failure for a callback with a code or an error, and is one for every other request', async () => {
  const { failures, counts } = await fuzzServer(502, 800)
  const judged = ({ request }: { request: string }) => /^GET [^ ]*[?&](code|error)=/.test(request)
  const isCallback = ({ request }: { request: string }) => /^GET \/callback[?/ ]/i.test(request)
  const callbacks = failures.filter(isCallback)
  assert.deepEqual(callbacks.filter(judged), [])
  assert.ok(callbacks.length > 0, 'a callback without either')
  assert.ok(failures.length < (counts['502'] ?? 0))
  assert.ok(failures.some((failure) => judged(failure) && !isCallback(failure)))
})

test('a closed connection is no failure if the request was incomplete', async () => {
  const { failures, counts } = await fuzzServer('close', 400)
  assert.ok(failures.length < (counts['closed'] ?? 0))
})
