import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimiter, type Limiter } from '../../../src/domain/limiter.ts'
import type { Count } from '../../../src/store/store.ts'

const watch = { onUncounted: assert.fail, onCounted() {} }

/** Limiters of as many processes over one store, and how often they asked it. */
function createLimiters(processes: number, points: number) {
  const counts = new Map<string, Count>()
  const asked: string[] = []
  const count = async (key: string, ttlMs: number): Promise<Count> => {
    asked.push(key)
    const { value = 0, endsAtMs = Date.now() + ttlMs } = counts.get(key) ?? {}
    const next = { value: value + 1, endsAtMs }
    counts.set(key, next)
    return next
  }
  const options = { name: 'p:limit:a', points, seconds: 60, count, watch, now: Date.now }
  return { limiters: Array.from({ length: processes }, () => createLimiter(options)), asked }
}

async function countAllowed(limiter: Limiter, attempts: number): Promise<number> {
  let allowed = 0
  for (let n = 0; n < attempts; n += 1) {
    if ((await limiter.consume('key')) === undefined) allowed += 1
  }
  return allowed
}

test('one process allows exactly the limit, and the first tenth asks no store', async () => {
  const { limiters, asked } = createLimiters(1, 50)
  const [limiter] = limiters
  assert.ok(limiter)
  assert.equal(await countAllowed(limiter, 5), 5)
  assert.deepEqual(asked, [])
  assert.equal(await countAllowed(limiter, 100), 45)
  assert.ok(asked.every((key) => key === 'p:limit:a:key'))
})

test('a key that was refused asks the store no more', async () => {
  const { limiters, asked } = createLimiters(1, 50)
  const [limiter] = limiters
  assert.ok(limiter)
  assert.equal(limiter.refusedUntil('key'), undefined)
  await countAllowed(limiter, 100)
  assert.equal(asked.length, 46)
  const untilMs = limiter.refusedUntil('key') ?? 0
  assert.ok(untilMs > Date.now() + 59_000 && untilMs <= Date.now() + 60_000)
  assert.equal(limiter.refusedUntil('other'), undefined)
})

test('three processes allow the limit and two tenths more', async () => {
  const { limiters } = createLimiters(3, 50)
  let allowed = 0
  for (const limiter of limiters) allowed += await countAllowed(limiter, 100)
  assert.equal(allowed, 60)
})

test('a limit below ten is exact for any number of processes', async () => {
  const { limiters } = createLimiters(3, 9)
  let allowed = 0
  for (const limiter of limiters) allowed += await countAllowed(limiter, 20)
  assert.equal(allowed, 9)
})
