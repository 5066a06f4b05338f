// Single verdicts to the last field. Whole histories are in refresh-chain.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NEW_CHAIN, presentToken, type RefreshChain } from '../../../src/oauth/refresh-chain.ts'

const WINDOW_MS = 120_000

const present = (chain: RefreshChain, presented: number, nowMs: number, windowMs = WINDOW_MS) =>
  presentToken(chain, presented, { nowMs, windowMs, sinceMs: (atMs) => nowMs - atMs })

/** Token 1 is current; token 0 was presented at 1000. */
const ONCE_REFRESHED: RefreshChain = { current: 1, lastPresented: 0, firstPresented: [[0, 1000]] }

/** Token 2 is current; token 0 was presented at 1000 and token 1 at 2000. */
const TWICE_REFRESHED: RefreshChain = {
  current: 2,
  lastPresented: 1,
  firstPresented: [
    [0, 1000],
    [1, 2000],
  ],
}

test('a new chain has one token, which nobody has presented', () => {
  assert.deepEqual(NEW_CHAIN, { current: 0, lastPresented: -1, firstPresented: [] })
})

test('the current token gets its successor, and the chain remembers when it was presented', () => {
  const first = present(NEW_CHAIN, 0, 1000)
  assert.deepEqual(first, { kind: 'accepted', answer: 1, chain: ONCE_REFRESHED })
  const second = present(ONCE_REFRESHED, 1, 2000)
  assert.deepEqual(second, { kind: 'accepted', answer: 2, chain: TWICE_REFRESHED })
})

test('a token that is presented again within the window gets the current one and changes nothing', () => {
  for (const presented of [0, 1]) {
    const verdict = present(TWICE_REFRESHED, presented, 1000 + WINDOW_MS - 1)
    assert.deepEqual(verdict, { kind: 'accepted', answer: 2, chain: TWICE_REFRESHED })
    assert.ok(verdict.kind === 'accepted' && verdict.chain === TWICE_REFRESHED)
  }
})

test('a token whose successor was presented is reused as soon as the window ends', () => {
  assert.deepEqual(present(TWICE_REFRESHED, 0, 1000 + WINDOW_MS), { kind: 'reused' })
})

test('a window of zero accepts no token twice once its successor was presented', () => {
  assert.deepEqual(present(TWICE_REFRESHED, 0, 1000, 0), { kind: 'reused' })
})

test('the last presented token gets a further successor after the window, and its old one is given up', () => {
  const nowMs = 2000 + WINDOW_MS
  const chain: RefreshChain = { current: 3, lastPresented: 1, firstPresented: [[1, nowMs]] }
  const verdict = present(TWICE_REFRESHED, 1, nowMs)
  assert.deepEqual(verdict, { kind: 'accepted', answer: 3, chain })
  assert.deepEqual(present(chain, 2, nowMs), { kind: 'reused' })
})

test('a token ahead of the record counts as presented now, and so do those that the record lost', () => {
  const verdict = present(ONCE_REFRESHED, 4, 5000)
  const firstPresented = [
    [0, 1000],
    [4, 5000, 1],
  ] as const
  const chain: RefreshChain = { current: 5, lastPresented: 4, firstPresented }
  assert.deepEqual(verdict, { kind: 'accepted', answer: 5, chain })
  assert.deepEqual(present(chain, 2, 6000), { kind: 'accepted', answer: 5, chain })
})

/** As many runs as are kept, presented at these times; the next token is current. */
const presentedAt = (times: readonly number[]): RefreshChain => ({
  current: times.length,
  lastPresented: times.length - 1,
  firstPresented: times.map((atMs, number) => [number, atMs] as const),
})
const EIGHTH_MS = WINDOW_MS / 8
/** Slow enough that no two of them can be joined. */
const SLOW = Array.from({ length: 16 }, (_, n) => n * EIGHTH_MS)
const runsAfter = (chain: RefreshChain, presented: number, nowMs: number) => {
  const verdict = present(chain, presented, nowMs)
  assert.ok(verdict.kind === 'accepted')
  return verdict.chain.firstPresented
}

test('each token has a run of its own until there are sixteen, as releases before runs write them', () => {
  const chain = presentedAt(Array.from({ length: 15 }, (_, n) => n))
  assert.deepEqual(runsAfter(chain, 15, 15), [...chain.firstPresented, [15, 15]])
})

test('beyond sixteen runs, two that span less than an eighth of the window with the one before become one', () => {
  const last = SLOW.slice(0, 14)
  const endMs = 13 * EIGHTH_MS
  const chain = presentedAt([...last, endMs + 1, endMs + 2])
  const runs = runsAfter(chain, 16, endMs + EIGHTH_MS)
  assert.equal(runs.length, 16)
  assert.deepEqual(runs.slice(-2), [
    [15, endMs + 2, 14],
    [16, endMs + EIGHTH_MS],
  ])
})

test('beyond sixteen runs of which none can be joined, the oldest goes: it is older than the window', () => {
  const runs = runsAfter(presentedAt(SLOW), 16, 16 * EIGHTH_MS)
  assert.deepEqual(runs[0], [1, EIGHTH_MS])
  assert.equal(runs.length, 16)
})

test('a token that was given up is part of no run', () => {
  const nowMs = 3000 + WINDOW_MS
  const recovered = present(presentedAt([0, 1000, 2000, 3000]), 3, nowMs)
  assert.ok(recovered.kind === 'accepted')
  // Token 4 is given up.
  let chain = recovered.chain
  for (let number = 5; number < 30; number += 1) {
    const next = present(chain, number, nowMs)
    assert.ok(next.kind === 'accepted')
    chain = next.chain
  }
  assert.deepEqual(chain.firstPresented[0], [3, nowMs])
  assert.deepEqual(present(chain, 4, nowMs), { kind: 'reused' })
  assert.equal(present(chain, 5, nowMs).kind, 'accepted')
})
