import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { createJsonFetch } from '../../../src/outbound/json-fetch.ts'

const URL = 'https://client.example/client.json'

/** The freshness of a document that is served with these headers. */
async function maxAgeOf(headers: IncomingHttpHeaders): Promise<number | undefined> {
  const fetch = async () => ({ body: Buffer.from('{}'), headers })
  return (await createJsonFetch({ fetch, maxBytes: 10, timeoutMs: 10 })(URL)).maxAgeSeconds
}

test('RFC 9111 §5.2: directives are separated by commas with any space around them', async () => {
  for (const [value, expected] of [
    ['max-age=60', 60],
    ['Public ,\t MAX-AGE=60', 60],
    ['public,max-age="60"', 60],
    ['max-age=60 , s-maxage=120', 120],
    ['  max-age=60  ', 60],
    [`max-age=60${' '.repeat(15_000)}`, 60],
    ['max-age=60, no-store', 0],
    ['no-cache="set-cookie", max-age=60', 0],
    ['x-max-age=60', undefined],
    ['max-age=-1', undefined],
    [',,', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(await maxAgeOf({ 'cache-control': value }), expected, value.slice(0, 40))
  }
})

test('Cache-Control is read in linear time', async () => {
  const timeOf = async (length: number) => {
    const headers = { 'cache-control': `max-age=60${' '.repeat(length)}x` }
    let shortest = Number.POSITIVE_INFINITY
    for (let left = 10; left > 0; left -= 1) {
      const startedAt = performance.now()
      await maxAgeOf(headers)
      shortest = Math.min(shortest, performance.now() - startedAt)
    }
    return shortest
  }
  await timeOf(2000)
  const growth = (await timeOf(16_000)) / (await timeOf(2000))
  // 8 times the length takes 8 times as long; quadratic time would take 64 times as long.
  assert.ok(growth < 24, `8 times the length took ${growth.toFixed(1)} times as long`)
})
