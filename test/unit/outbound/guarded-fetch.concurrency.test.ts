// How many fetches run at once. No test makes a connection: each fetch waits for an address.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createGuardedFetch, FetchError } from '../../../src/outbound/guarded-fetch.ts'

const PER_HOST = 8
const OF_NEW_HOSTS = 48
const LIMITS = { timeoutMs: 60_000, maxBytes: 1000, types: /^application\/json$/ }

/** Each fetch runs until `end` answers that its host has no address. */
function prepare(t: TestContext) {
  const waiting: (() => void)[] = []
  let senders = 0
  const fetch = createGuardedFetch({
    privateHosts: [],
    currentSender: () => `sender-${senders++}`,
    admit: async () => {},
    resolve: () => new Promise((resolve) => waiting.push(() => resolve([]))),
    connect: () => assert.fail('no host has an address'),
  })
  const begin = (host: string) =>
    fetch(`https://${host}/`, LIMITS).catch((error: unknown) =>
      error instanceof FetchError ? error.fault : error,
    )
  async function end(count: number): Promise<void> {
    await new Promise(setImmediate)
    for (const answer of waiting.splice(0, count)) answer()
    // By then each fetch has handled the answer.
    await new Promise(setImmediate)
  }
  t.after(() => end(Number.POSITIVE_INFINITY))
  return {
    end,
    begin(host: string, count: number): void {
      for (let begun = 0; begun < count; begun += 1) void begin(host)
    },
    /** Begins `count` further fetches for `host`, and fails unless they run and the next one is refused. */
    async assertFree(host: string, count: number): Promise<void> {
      await new Promise(setImmediate)
      const { length } = waiting
      for (let begun = 0; begun < count; begun += 1) void begin(host)
      const next = begin(host)
      await new Promise(setImmediate)
      assert.equal(waiting.length - length, count, 'the next fetch is refused')
      assert.equal(await next, 'busy')
    },
  }
}

test('at most eight fetches run for one host', async (t) => {
  const { assertFree } = prepare(t)
  await assertFree('a.example', PER_HOST)
  await assertFree('b.example', PER_HOST)
})

test('a fetch that ends makes room for another one for its host', async (t) => {
  const { assertFree, end } = prepare(t)
  await assertFree('a.example', PER_HOST)
  await end(1)
  await assertFree('a.example', 1)
  await end(3)
  await assertFree('a.example', 3)
})

test('eight fetches run again for a host whose fetches have all ended', async (t) => {
  const { assertFree, begin, end } = prepare(t)
  for (const count of [1, PER_HOST]) {
    begin('a.example', count)
    await end(count)
  }
  await assertFree('a.example', PER_HOST)
})

test('at most 48 fetches run for all new hosts, and each one that ends makes room for another one', async (t) => {
  const { assertFree, begin, end } = prepare(t)
  const fill = () => {
    for (let host = 0; host < OF_NEW_HOSTS / PER_HOST; host += 1) begin(`${host}.example`, PER_HOST)
  }
  fill()
  await assertFree('a.example', 0)
  await end(3)
  await assertFree('a.example', 3)
  await end(OF_NEW_HOSTS)
  fill()
  await assertFree('a.example', 0)
})
