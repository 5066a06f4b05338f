import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { AppError } from '../../../../src/errors.ts'
import {
  createReservations,
  type Reservation,
  type Reservations,
} from '../../../../src/provider/adapters/reservations.ts'

type Undo = Reservation['swap']['undo']

const CODE = { kind: 'AuthorizationCode', id: 'code' } as const
const ABSENT = new Error('the store is absent')
const GIVEN_UP = 'AuthorizationCode: a reservation could not be rolled back, the store is absent'

/** Answers one after the other, and then the last one again and again. */
function answering(...answers: (boolean | Error)[]) {
  const asked: number[] = []
  const undo: Undo = async (ttlSeconds) => {
    const answer = answers[Math.min(asked.push(ttlSeconds), answers.length) - 1]
    if (answer instanceof Error) throw answer
    return answer ?? false
  }
  return { undo, asked }
}

interface Process {
  readonly reservations: Reservations
  readonly errors: string[]
  /** A request that reserves a record. */
  request(options: {
    undo: Undo
    isDone?: Promise<boolean>
    id?: string
    kind?: Reservation['kind']
    onAnswered?: () => void
  }): Promise<Request>
  isSettled(id?: string): Promise<boolean>
}

interface Request {
  readonly reserved: Promise<boolean>
  /** The engine is done with the request; its response has this status. */
  answer(status: number): Promise<void>
  /** The request's deadline answers it with a 503 while the engine still works. */
  overrun(): void
  breakConnection(): void
}

/** One process whose time stands still unless a test moves it. */
function createProcess(t: TestContext): Process {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() })
  let current: KoaContextWithOIDC | undefined
  const errors: string[] = []
  const reservations = createReservations({
    currentContext: () => current,
    logger: {
      error: (fields: { kind?: string; count?: number; err?: Error }, message: string) =>
        errors.push(
          [`${fields.kind ?? fields.count}: ${message}`, fields.err?.message]
            .filter(Boolean)
            .join(', '),
        ),
    } as never,
    now: Date.now,
    monotonicNow: Date.now,
  })
  return {
    reservations,
    errors,
    async request({
      undo,
      isDone = Promise.resolve(true),
      id = CODE.id,
      kind = CODE.kind,
      onAnswered,
    }) {
      const res = Object.assign(new EventEmitter(), { headersSent: false, statusCode: 200 })
      const ctx = { res, status: 404 } as unknown as KoaContextWithOIDC
      current = ctx
      const expiresAt = Date.now() / 1000 + 60
      const reserved = reservations.reserve({
        kind,
        id,
        swap: { isDone, undo },
        expiresAt,
        ...(onAnswered && { onAnswered }),
      })
      // A swap may be under way for longer than the test waits.
      await Promise.race([reserved.catch(() => {}), turn()])
      return {
        reserved,
        async answer(status) {
          ctx.status = status
          reservations.settle(ctx)
          Object.assign(res, { closed: true })
          res.emit('close')
          await turn()
        },
        overrun() {
          Object.assign(res, { headersSent: true, statusCode: 503 })
        },
        breakConnection() {
          Object.assign(res, { closed: true })
        },
      }
    },
    isSettled: (id = CODE.id) =>
      reservations.assertSettled(CODE.kind, id).then(
        () => true,
        () => false,
      ),
  }
}

/** Lets time pass in small steps, so that each retry can happen. */
async function pass(t: TestContext, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    t.mock.timers.tick(50)
    await turn()
  }
}

test('an answered request keeps what it reserved, whatever the answer is', async (t) => {
  const { request, isSettled } = createProcess(t)
  for (const status of [200, 303, 400, 499]) {
    const { undo, asked } = answering(true)
    const answered = await request({ undo })
    await answered.answer(status)
    await pass(t, 1000)
    assert.deepEqual(asked, [])
    assert.equal(await isSettled(), true)
    // The response has left; no deadline can take it back.
    answered.overrun()
    assert.equal(await isSettled(), true)
    assert.deepEqual(asked, [])
  }
})

test('every 5xx is a failure, and a request without reservations leaves nothing to do', async (t) => {
  const { reservations, request, errors } = createProcess(t)
  for (const status of [500, 502, 503]) {
    const { undo, asked } = answering(true)
    await (await request({ undo })).answer(status)
    assert.equal(asked.length, 1, `${status}`)
    const res = Object.assign(new EventEmitter(), { headersSent: false })
    reservations.settle({ res, status } as unknown as KoaContextWithOIDC)
  }
  await pass(t, 1000)
  assert.deepEqual(errors, [])
})

test('a record that may still be reserved is store_unavailable, and the cause says why', async (t) => {
  const { reservations, request } = createProcess(t)
  await (await request({ undo: answering(ABSENT).undo })).answer(503)
  await assert.rejects(reservations.assertSettled(CODE.kind, CODE.id), (error: AppError) => {
    assert.equal(error.code, 'store_unavailable')
    assert.match(String(error.cause), /whether the reservation of a AuthorizationCode was undone/)
    return true
  })
})

test('a failed request is rolled back as soon as the store answers, for the time that is left', async (t) => {
  const { request, isSettled } = createProcess(t)
  const { undo, asked } = answering(ABSENT, ABSENT, true)
  await (await request({ undo })).answer(503)
  assert.equal(await isSettled(), false, 'undo was tried at once and on demand')
  await pass(t, 500)
  assert.equal(await isSettled(), true)
  assert.equal(asked.length, 3)
  assert.ok(asked.every((ttlSeconds) => ttlSeconds >= 59 && ttlSeconds <= 60))
})

test('a request that finds a failed reservation undoes it without waiting for the next retry', async (t) => {
  const { request, isSettled } = createProcess(t)
  const { undo } = answering(ABSENT, true)
  await (await request({ undo })).answer(503)
  assert.equal(await isSettled(), true)
})

test('while a request runs past its deadline, its reservation is undone for the next request', async (t) => {
  const { request, isSettled } = createProcess(t)
  const { undo, asked } = answering(true)
  const slow = await request({ undo })
  assert.equal(await isSettled(), true, 'nothing has failed yet')
  assert.deepEqual(asked, [])
  slow.overrun()
  assert.equal(await isSettled(), true)
  assert.equal(asked.length, 1)
  await slow.answer(200)
  await pass(t, 1000)
  assert.equal(asked.length, 1)
})

test('a command that timed out may be carried out later, and is undone then', async (t) => {
  const { request, isSettled } = createProcess(t)
  const { undo, asked } = answering(false, false, true)
  const { reserved, answer } = await request({ undo, isDone: Promise.reject(ABSENT) })
  await assert.rejects(reserved)
  await answer(503)
  assert.equal(await isSettled(), true, 'it was not carried out so far')
  await pass(t, 1000)
  assert.equal(asked.length, 3)
})

test('after ten seconds no late command is expected any more', async (t) => {
  const { request, errors } = createProcess(t)
  const { undo, asked } = answering(false)
  await (await request({ undo })).answer(503)
  await pass(t, 15_000)
  const { length } = asked
  await pass(t, 30_000)
  assert.equal(asked.length, length)
  assert.deepEqual(errors, [])
})

test('after a minute without an answer of the store the log says that a reservation stands', async (t) => {
  const { request, errors, isSettled } = createProcess(t)
  const { undo, asked } = answering(ABSENT)
  await (await request({ undo })).answer(503)
  await pass(t, 58_000)
  assert.deepEqual(errors, [])
  await pass(t, 6_000)
  assert.deepEqual(errors, [GIVEN_UP])
  const { length } = asked
  assert.ok(length > 20 && length < 50, `${length} attempts, one every two seconds in the end`)
  await pass(t, 10_000)
  assert.equal(asked.length, length)
  assert.equal(await isSettled(), true, 'it is not held for ever')
})

test('a record that another request has is not rolled back', async (t) => {
  const { request, isSettled } = createProcess(t)
  for (const status of [303, 503]) {
    const { undo, asked } = answering(true)
    const onAnswered = () => assert.fail('onAnswered is for the request that has the record')
    const isDone = Promise.resolve(false)
    const { reserved, answer } = await request({ undo, isDone, onAnswered })
    assert.equal(await reserved, false)
    await answer(status)
    assert.equal(await isSettled(), true)
    await pass(t, 1000)
    assert.deepEqual(asked, [])
  }
})

test('a request that lost a record does not hide that the winner failed', async (t) => {
  const { request, isSettled } = createProcess(t)
  const winner = await request({ undo: answering(ABSENT).undo })
  const loser = await request({ undo: answering(true).undo, isDone: Promise.resolve(false) })
  await loser.answer(400)
  await winner.answer(503)
  assert.equal(await isSettled(), false)
})

test('a failed reservation of one record concerns no other', async (t) => {
  const { reservations, request, isSettled } = createProcess(t)
  await (await request({ undo: answering(ABSENT).undo })).answer(503)
  assert.equal(await isSettled(), false)
  assert.equal(await isSettled('another code'), true)
  await reservations.assertSettled('Interaction', CODE.id)
})

test('beyond 500 reservations at once, each undo is tried once', async (t) => {
  const { request, isSettled, errors } = createProcess(t)
  const attempts: number[][] = []
  for (let number = 0; number <= 500; number += 1) {
    const { undo, asked } = answering(ABSENT)
    attempts.push(asked)
    await (await request({ undo, id: `code ${number}` })).answer(503)
  }
  assert.deepEqual(errors, [GIVEN_UP])
  await pass(t, 1000)
  assert.equal(attempts.at(-1)?.length, 1)
  assert.ok(attempts.slice(0, 500).every(({ length }) => length > 1))
  assert.equal(await isSettled('code 500'), true, 'it is not held')
})

test('when reservations were rolled back, there is room for others', async (t) => {
  const { request } = createProcess(t)
  for (let number = 0; number < 600; number += 1) {
    const { undo, asked } = answering(ABSENT, true)
    await (await request({ undo, id: `code ${number}` })).answer(503)
    await pass(t, 100)
    assert.equal(asked.length, 2, `${number}`)
  }
})

test('onAnswered runs once the response has left or its connection broke, and not after a 5xx', async (t) => {
  const { request } = createProcess(t)
  const happened: number[] = []
  for (const status of [303, 503]) {
    const { undo } = answering(true)
    const { answer } = await request({ undo, onAnswered: () => happened.push(status) })
    assert.deepEqual(happened, status === 303 ? [] : [303])
    await answer(status)
  }
  assert.deepEqual(happened, [303])
})

test('closing waits for undo operations whose outcome is unknown, for two seconds at most', async (t) => {
  const { reservations, request } = createProcess(t)
  const { undo, asked } = answering(ABSENT, ABSENT, true)
  await (await request({ undo })).answer(503)
  let isClosed = false
  void reservations.close().then(() => {
    isClosed = true
  })
  await pass(t, 100)
  assert.equal(isClosed, false)
  await pass(t, 500)
  assert.equal(isClosed, true)
  assert.equal(asked.length, 3)

  await (await request({ undo: answering(ABSENT).undo })).answer(503)
  let isGivenUp = false
  void reservations.close().then(() => {
    isGivenUp = true
  })
  await pass(t, 1500)
  assert.equal(isGivenUp, false)
  await pass(t, 1000)
  assert.equal(isGivenUp, true)
})

test('the end of the wait is logged if reservations are left', async (t) => {
  const { reservations, request, errors } = createProcess(t)
  await (await request({ undo: answering(ABSENT).undo })).answer(503)
  const closing = reservations.close()
  await pass(t, 2500)
  await closing
  assert.deepEqual(errors, ['1: stopped before reservations were rolled back'])
})

test('a reservation whose own command is still under way is not taken for undone', async (t) => {
  const { request, isSettled } = createProcess(t)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { undo } = answering(false, false, true)
  const slow = await request({ undo, isDone: promise })
  assert.equal(await isSettled(), true, 'the request has not failed')
  slow.overrun()
  assert.equal(await isSettled(), false)
  resolve(true)
  await slow.reserved
  await slow.answer(503)
  assert.equal(await isSettled(), true)
})

test('a reservation that the store did not confirm is logged, though it said before that nothing was done', async (t) => {
  const { request, errors } = createProcess(t)
  const { undo } = answering(false, ABSENT)
  const { reserved, answer } = await request({ undo, isDone: Promise.reject(ABSENT) })
  await assert.rejects(reserved)
  await answer(503)
  await pass(t, 65_000)
  assert.deepEqual(errors, [GIVEN_UP])
})

test('the proof or assertion of a failed request is rolled back for ten seconds only', async (t) => {
  const { reservations, request } = createProcess(t)
  const { undo, asked } = answering(ABSENT)
  await (await request({ undo, kind: 'ReplayDetection' })).answer(503)
  await pass(t, 12_000)
  const { length } = asked
  await pass(t, 30_000)
  assert.equal(asked.length, length)
  await reservations.assertSettled('ReplayDetection', CODE.id)
})

test('onAnswered runs at once if the connection of the response broke before', async (t) => {
  const { request } = createProcess(t)
  const happened: string[] = []
  const { answer, breakConnection } = await request({
    undo: answering(true).undo,
    onAnswered: () => happened.push('removed'),
  })
  breakConnection()
  await answer(303)
  assert.deepEqual(happened, ['removed'])
})
