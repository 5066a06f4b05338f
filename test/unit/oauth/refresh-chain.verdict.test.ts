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

/** Token 4 is current, and the others were presented at these times. */
const presentedAt = (...times: readonly [number, number, number, number]): RefreshChain => ({
  current: 4,
  lastPresented: 3,
  firstPresented: times.map((atMs, number) => [number, atMs] as const),
})
const EIGHTH_MS = WINDOW_MS / 8

test('a token shares the run of its predecessor if it follows the run before within an eighth of the window', () => {
  const chain = presentedAt(0, 1000, 2000, 3000)
  const verdict = present(chain, 4, 2000 + EIGHTH_MS - 1)
  assert.ok(verdict.kind === 'accepted')
  assert.deepEqual(verdict.chain.firstPresented, [
    [0, 0],
    [1, 1000],
    [2, 2000],
    [4, 2000 + EIGHTH_MS - 1, 3],
  ])
  const slower = present(chain, 4, 2000 + EIGHTH_MS)
  assert.ok(slower.kind === 'accepted')
  assert.deepEqual(slower.chain.firstPresented, [...chain.firstPresented, [4, 2000 + EIGHTH_MS]])
})

test('a run begins anew if the clock was set back by more than an eighth of the window', () => {
  const chain = presentedAt(0, 1000, 2000 + EIGHTH_MS, 3000 + EIGHTH_MS)
  const verdict = present(chain, 4, 2000)
  assert.ok(verdict.kind === 'accepted')
  assert.equal(verdict.chain.firstPresented.length, 5)
})

test('a token that was given up is part of no run', () => {
  const nowMs = 3000 + WINDOW_MS
  const recovered = present(presentedAt(0, 1000, 2000, 3000), 3, nowMs)
  assert.ok(recovered.kind === 'accepted')
  // Token 4 is given up.
  const second = present(recovered.chain, 5, nowMs)
  assert.ok(second.kind === 'accepted')
  const third = present(second.chain, 6, nowMs)
  assert.ok(third.kind === 'accepted')
  assert.deepEqual(third.chain.firstPresented, [
    [3, nowMs],
    [6, nowMs, 5],
  ])
  assert.deepEqual(present(third.chain, 4, nowMs), { kind: 'reused' })
  assert.equal(present(third.chain, 5, nowMs).kind, 'accepted')
})
