import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimiter, type Limiter } from '../../../src/domain/limiter.ts'
import type { Store } from '../../../src/store/store.ts'

const watch = { onUncounted: assert.fail, onCounted() {} }

const SECONDS = 60

/** Limiters of as many processes over one store, and how often they asked it. */
function createLimiters(processes: number, points: number, now = Date.now) {
  const counts = new Map<string, number>()
  const asked: string[] = []
  const createShared: Store['createLimiter'] = (limit) => async (name) => {
    const key = `${limit.prefix}:${name}`
    asked.push(key)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count > limit.points ? limit.seconds * 1000 : undefined
  }
  const limit = { prefix: 'p:limit:a', points, seconds: SECONDS }
  const options = { limit, createShared, watch, now }
  return {
    limiters: Array.from({ length: processes }, () => createLimiter(options)),
    asked,
    counts,
  }
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

test('a refusal ends when the store says, and the store is asked again', async () => {
  const clock = { nowMs: Date.now() }
  const { limiters, asked, counts } = createLimiters(1, 50, () => clock.nowMs)
  const [limiter] = limiters
  assert.ok(limiter)
  await countAllowed(limiter, 51)
  const before = asked.length
  clock.nowMs += SECONDS * 1000 - 1
  assert.equal(await countAllowed(limiter, 1), 0)
  assert.equal(asked.length, before)
  clock.nowMs += 1
  counts.clear()
  assert.equal(await countAllowed(limiter, 1), 1)
  assert.equal(asked.length, before + 1)
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
