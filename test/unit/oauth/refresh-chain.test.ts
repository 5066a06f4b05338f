import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NEW_CHAIN, presentToken, type RefreshChain } from '../../../src/oauth/refresh-chain.ts'
import { RefreshChainModel } from './refresh-chain-model.ts'

const WINDOW_MS = 120_000
const DAY_MS = 24 * 60 * 60 * 1000

/** The server's side, which keeps the chain as refresh-family.ts does. */
function createServer(windowMs = WINDOW_MS) {
  let chain: RefreshChain = NEW_CHAIN
  return {
    chain: () => chain,
    present(number: number, nowMs: number): number | undefined {
      const verdict = presentToken(chain, number, nowMs, windowMs)
      if (verdict.kind === 'reused') return undefined
      chain = verdict.chain
      return verdict.answer
    },
  }
}

/** Gaps in milliseconds around the window, and far beyond it. */
const gap = fc.oneof(
  fc.integer({ min: 0, max: 2 * WINDOW_MS }),
  fc.constantFrom(0, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1, DAY_MS),
)

test('the chain answers every sequence of presentations like the model, which forgets nothing', () => {
  const step = fc.record({ gap, back: fc.integer({ min: 0, max: 14 }) })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(0, WINDOW_MS),
      (steps, windowMs) => {
        const server = createServer(windowMs)
        const model = new RefreshChainModel(windowMs)
        let nowMs = 0
        for (const { gap: passed, back } of steps) {
          nowMs += passed
          const number = Math.max(0, model.current - back)
          const expected = model.present(number, nowMs)
          assert.equal(server.present(number, nowMs), expected)
          if (expected === undefined) return
        }
      },
    ),
    { numRuns: 5000 },
  )
})

test('a client that loses answers is never treated as a thief, no matter how late it retries', () => {
  const step = fc.record({ gap, isAnswerLost: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const server = createServer()
      let [held, nowMs] = [0, 0]
      for (const { gap: passed, isAnswerLost } of steps) {
        nowMs += passed
        const answer = server.present(held, nowMs)
        assert.notEqual(answer, undefined)
        if (!isAnswerLost && answer !== undefined) held = answer
      }
    }),
    { numRuns: 2000 },
  )
})

test('parallel requests with the same token get the same successor', () => {
  const server = createServer()
  const answers = Array.from({ length: 50 }, () => server.present(0, 1000))
  assert.deepEqual(new Set(answers), new Set([1]))
})

test('a client that is up to fifteen tokens behind gets the current token within the window', () => {
  for (const behind of [2, 5, 15]) {
    const server = createServer()
    for (let number = 0; number < behind; number += 1) server.present(number, 1000 + number)
    assert.equal(server.present(0, 2000), behind)
  }
})

test('a stolen token ends the grant before client and thief have both refreshed twice outside the window', () => {
  const turn = fc.record({
    party: fc.constantFrom('client', 'thief'),
    gap: fc.integer({ min: WINDOW_MS, max: DAY_MS }),
    isAnswerLost: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.nat(20), fc.array(turn, { minLength: 4, maxLength: 40 }), (before, turns) => {
      const server = createServer()
      let nowMs = 0
      for (let number = 0; number < before; number += 1) server.present(number, nowMs++)
      const held = { client: before, thief: before }
      const used = { client: 0, thief: 0 }
      for (const { party, gap: passed, isAnswerLost } of turns) {
        nowMs += passed
        const answer = server.present(held[party as 'client' | 'thief'], nowMs)
        if (answer === undefined) return
        // A party that loses the answer gains nothing, so the turn does not count.
        if (isAnswerLost) continue
        held[party as 'client' | 'thief'] = answer
        used[party as 'client' | 'thief'] += 1
        assert.ok(used.client < 2 || used.thief < 2, 'client and thief must not share a family')
      }
    }),
    { numRuns: 5000 },
  )
})

test('a token ahead of the record is accepted: the store has lost a write', () => {
  const server = createServer()
  server.present(0, 0)
  assert.equal(server.present(5, 1), 6)
  assert.equal(server.present(6, 2), 7)
})

test('the chain keeps its size from twenty rotations to two thousand', () => {
  const server = createServer()
  const sizes: number[] = []
  for (let number = 0; number < 2000; number += 1) {
    server.present(number, 1_000_000 + number)
    sizes.push(JSON.stringify(server.chain()).length)
  }
  assert.ok(
    (sizes.at(-1) ?? 0) - (sizes[20] ?? 0) < 60,
    `${sizes[20]} → ${sizes.at(-1)} characters`,
  )
})
