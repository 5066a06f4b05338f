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
    present(number: number, nowMs: number, arrivedMs = nowMs): number | undefined {
      const sinceMs = (atMs: number) => arrivedMs - atMs
      const verdict = presentToken(chain, number, { nowMs, windowMs, sinceMs })
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

/** Gaps between the rotations of a client that retries as fast as it can. */
const fastGap = fc.oneof(fc.integer({ min: 0, max: 5000 }), gap)
/** How long a request waits before it is judged: the deadline of a request, at most. */
const wait = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9000 }))

for (const [name, gaps, furthest] of [
  ['every sequence of presentations', gap, 14],
  ['every sequence of hasty presentations', fastGap, 100],
] as const) {
  test(`the chain answers ${name} like the model, which forgets nothing`, () => {
    const back = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(furthest))
    const step = fc.record({ gap: gaps, back, wait })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120, size: 'max' }),
        fc.constantFrom(0, WINDOW_MS),
        (steps, windowMs) => {
          const server = createServer(windowMs)
          const model = new RefreshChainModel(windowMs)
          let nowMs = 0
          for (const { gap: passed, back, wait: waitedMs } of steps) {
            nowMs += passed
            const number = Math.max(0, model.current - back)
            const expected = model.present(number, nowMs, nowMs - waitedMs)
            const answer = server.present(number, nowMs, nowMs - waitedMs)
            assert.ok(expected.includes(answer), `${answer}, not ${expected.join(' or ')}`)
            if (answer === undefined) return
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
}

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

test('a client that is any number of tokens behind gets the current token within the window', () => {
  for (const behind of [2, 5, 15, 16, 64, 1000]) {
    const server = createServer()
    const gapMs = (WINDOW_MS - 1) / behind
    for (let number = 0; number < behind; number += 1) server.present(number, number * gapMs)
    for (let number = 0; number < behind; number += 1) {
      assert.equal(server.present(number, WINDOW_MS - 1), behind, `${number} of ${behind}`)
    }
  }
})

test('a request is judged by when it arrived, even if its token was traded in and lapsed since', () => {
  const server = createServer()
  assert.equal(server.present(0, 1000), 1)
  assert.equal(server.present(1, 2000), 2)
  const nowMs = 1000 + 2 * WINDOW_MS
  assert.equal(server.present(0, nowMs, 999), 2)
  assert.equal(server.present(0, nowMs), undefined)
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

/** Client and thief take turns, half the lifetime of an access token apart. */
function countTurnsUntilTheftIsFound(windowMs: number): number {
  const HALF_MS = 450_000
  const server = createServer(windowMs)
  const held = [0, 0]
  for (let turn = 0; turn < 1000; turn += 1) {
    const answer = server.present(held[turn % 2] ?? 0, turn * HALF_MS)
    if (answer === undefined) return turn
    held[turn % 2] = answer
  }
  return Number.POSITIVE_INFINITY
}

test('a thief who refreshes as often as the client is found out at the next turn, unless the window is longer', () => {
  assert.equal(countTurnsUntilTheftIsFound(WINDOW_MS), 2)
  assert.equal(countTurnsUntilTheftIsFound(450_000), 2)
  // docs/refresh-tokens.md warns of such windows.
  assert.equal(countTurnsUntilTheftIsFound(900_000), Number.POSITIVE_INFINITY)
})

test('a token ahead of the record is accepted: the store has lost a write', () => {
  const server = createServer()
  server.present(0, 0)
  assert.equal(server.present(5, 1), 6)
  assert.equal(server.present(6, 2), 7)
})

test('the chain keeps its size from twenty rotations to two thousand', () => {
  for (const gapMs of [1, 1000, WINDOW_MS / 16, WINDOW_MS]) {
    const server = createServer()
    const sizes: number[] = []
    for (let number = 0; number < 2000; number += 1) {
      server.present(number, 1_000_000 + number * gapMs)
      sizes.push(server.chain().firstPresented.length)
    }
    assert.ok(Math.max(...sizes) <= 16, `${Math.max(...sizes)} runs`)
  }
})
