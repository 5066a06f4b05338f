// What a request had for itself alone, after it has failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type Claim, createClaims } from '../../../../src/provider/adapters/reservations.ts'

type Undo = Claim['exchange']['undo']

const remove = async () => true

/** A request that takes one record, whose way back is `undo`. */
async function take(undo: Undo, isDone: Promise<boolean> = Promise.resolve(true)) {
  const ctx = { res: { headersSent: false }, status: 404 } as KoaContextWithOIDC
  const claims = createClaims({ currentContext: () => ctx, now: Date.now })
  const named = { kind: 'AuthorizationCode', id: 'code' } as const
  const expiresAt = Date.now() / 1000 + 60
  const taking = claims.take({ ...named, exchange: { isDone, undo, remove }, expiresAt })
  return {
    taken: taking,
    isCertain: () =>
      claims.assertCertain(named.kind, named.id).then(
        () => true,
        () => false,
      ),
    async answer(status: number) {
      await taking.catch(() => {})
      ctx.status = status
      await claims.settle(ctx)
    },
  }
}

/** Gives these answers one after the other, and the last one again and again. */
function answering(...answers: (boolean | Error)[]) {
  const asked: number[] = []
  const undo: Undo = async (ttlSeconds) => {
    const answer = answers[Math.min(asked.push(ttlSeconds), answers.length) - 1]
    if (answer instanceof Error) throw answer
    return answer ?? false
  }
  return { undo, asked }
}

const away = new Error('the store is away')

test('a request that was answered keeps what it took, whatever the answer was', async () => {
  for (const status of [200, 303, 400]) {
    const { undo, asked } = answering(true)
    const { answer, isCertain } = await take(undo)
    await answer(status)
    await sleep(200)
    assert.deepEqual(asked, [])
    assert.equal(await isCertain(), true)
  }
})

test('a failed request gives back what it took as soon as the store answers, for the time that is left', async () => {
  const { undo, asked } = answering(away, away, true)
  const { answer, isCertain } = await take(undo)
  await answer(503)
  assert.equal(await isCertain(), false)
  await sleep(500)
  assert.equal(await isCertain(), true)
  assert.equal(asked.length, 3)
  assert.ok(asked.every((ttlSeconds) => ttlSeconds >= 59 && ttlSeconds <= 60))
})

test('who asks again does not wait for the next attempt', async () => {
  const { undo } = answering(away, true)
  const { answer, isCertain } = await take(undo)
  await answer(503)
  assert.equal(await isCertain(), true)
})

test('a command without an answer may be done later, and is undone then', async () => {
  const { undo, asked } = answering(false, false, true)
  const { answer, taken, isCertain } = await take(undo, Promise.reject(away))
  await assert.rejects(taken)
  await answer(503)
  assert.equal(await isCertain(), true, 'it was not done so far')
  await sleep(800)
  assert.equal(asked.length, 3)
})

test('what another request has is not given back', async () => {
  const { undo, asked } = answering(true)
  const { answer, taken } = await take(undo, Promise.resolve(false))
  assert.equal(await taken, false)
  await answer(503)
  await sleep(200)
  assert.deepEqual(asked, [])
})
