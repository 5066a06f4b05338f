// Reservations: records that one request has for itself until it is answered, such as an authorization
// code, a pushed request or an approved interaction. If the request then fails with a 5xx, its reservations
// are rolled back, so that the same code or page works again. ADR 14 has the reasons.
import type { KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { RecordKind } from '../../records/record-values.ts'
import type { ReversibleSwap } from '../../records/records.ts'

export interface Reservation {
  readonly kind: RecordKind
  readonly id: string
  /** Marks the record as used, or creates it. */
  readonly swap: ReversibleSwap
  /** Seconds since the epoch: when the record expires. */
  readonly expiresAt: number
  /** Called when the response has left or its connection broke, unless it was a 5xx. */
  readonly onAnswered?: () => void
}

export interface Reservations {
  /** False: another request has the record, or changed it. */
  reserve(reservation: Reservation): Promise<boolean>
  /**
   * Call before reading a record that can be reserved: a reservation whose request failed may still stand,
   * and would look like a second use.
   * @throws AppError store_unavailable while the reservation of a failed request cannot be undone
   */
  assertSettled(kind: RecordKind, id: string): Promise<void>
  /** Call when the engine is done with a request: keeps its reservations, or starts to undo them. */
  settle(ctx: KoaContextWithOIDC): void
  /** Waits up to 2 s for undo operations whose outcome is unknown. */
  close(): Promise<void>
}

interface Held extends Reservation {
  readonly ctx: KoaContextWithOIDC
  /** Whether the store has answered the swap; `lost`: it may still carry it out. */
  answer: 'pending' | 'known' | 'lost'
  isUndone: boolean
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
/** How long to retry while the store does not answer. Nobody repeats an assertion later than ten seconds. */
const patienceOf = (kind: RecordKind) => (kind === 'ReplayDetection' ? 10_000 : 60_000)
/** How long after a command timed out the store may still carry it out. */
const LATE_COMMAND_MS = 10_000
/** Anyone can make requests that fail during an outage; beyond this many, each undo is tried once. */
const MOST_AT_ONCE = 500
const CLOSING_MS = 2000

/** Whether the request is answered with a 5xx, perhaps by its deadline while it still runs. */
export function hasFailed({ res, status }: KoaContextWithOIDC): boolean {
  return (res.headersSent ? res.statusCode : status) >= 500
}

/** Does not keep the process alive. */
const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref())
/** Keeps it alive. */
const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

/** Also if the connection broke: then the response counts as sent, since it cannot be sent again. */
function afterResponse({ res }: KoaContextWithOIDC, follow: () => void): void {
  if (res.closed) follow()
  else res.once('close', follow)
}

export function createReservations(options: {
  currentContext: () => KoaContextWithOIDC | undefined
  logger: Pick<Logger, 'error'>
  now: () => number
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number
}): Reservations {
  const { currentContext, logger, now, monotonicNow } = options
  /** Every reservation of this process that may have to be undone. */
  const held = new Set<Held>()
  const byRequest = new WeakMap<KoaContextWithOIDC, Held[]>()
  let undoing = 0

  const findFailed = () => [...held].filter(({ ctx }) => hasFailed(ctx))

  function hold(reservation: Reservation, ctx: KoaContextWithOIDC): Held {
    const one: Held = { ...reservation, ctx, answer: 'pending', isUndone: false }
    held.add(one)
    byRequest.set(ctx, [...(byRequest.get(ctx) ?? []), one])
    return one
  }

  /** Resolves to the error if the store did not answer, else to undefined. */
  async function undo(one: Held): Promise<unknown> {
    const restSeconds = Math.max(1, Math.ceil(one.expiresAt - now() / 1000))
    try {
      const isUndone = await one.swap.undo(restSeconds)
      // Otherwise there is nothing to undo, or not yet: a lost swap is watched for a while (rollBack).
      one.isUndone ||= isUndone || one.answer === 'known'
      if (isUndone || one.answer !== 'pending') held.delete(one)
      return undefined
    } catch (error) {
      return error
    }
  }

  async function rollBack(one: Held): Promise<void> {
    const startedAtMs = monotonicNow()
    let failure: unknown
    const isCrowded = undoing >= MOST_AT_ONCE
    undoing += 1
    for (let pauseMs = FIRST_PAUSE_MS; !one.isUndone; pauseMs *= 2) {
      failure = await undo(one)
      const patienceMs = failure === undefined ? LATE_COMMAND_MS : patienceOf(one.kind)
      if (isCrowded || monotonicNow() - startedAtMs >= patienceMs) break
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
    }
    undoing -= 1
    held.delete(one)
    if (failure !== undefined && !one.isUndone) {
      logger.error({ kind: one.kind, err: failure }, 'a reservation could not be rolled back')
    }
  }

  return {
    async reserve(reservation) {
      const ctx = currentContext()
      const one = ctx && hold(reservation, ctx)
      try {
        const isDone = await reservation.swap.isDone
        if (one) one.answer = 'known'
        if (one && !isDone) {
          held.delete(one)
          one.isUndone = true
        }
        return isDone
      } catch (error) {
        // The swap may have happened: the reservation stays.
        if (one) one.answer = 'lost'
        throw error
      }
    },

    async assertSettled(kind, id) {
      const find = () => findFailed().filter((one) => one.kind === kind && one.id === id)
      await Promise.all(find().map(undo))
      if (find().length === 0) return
      throw new AppError('store_unavailable', {
        cause: new Error(`it is unknown whether the reservation of a ${kind} was undone`),
      })
    },

    settle(ctx) {
      for (const one of byRequest.get(ctx) ?? []) {
        if (one.isUndone) continue
        if (hasFailed(ctx)) void rollBack(one)
        else {
          held.delete(one)
          if (one.onAnswered) afterResponse(ctx, one.onAnswered)
        }
      }
    },

    async close() {
      const endsAtMs = monotonicNow() + CLOSING_MS
      while (findFailed().length > 0 && monotonicNow() < endsAtMs) await wait(FIRST_PAUSE_MS)
      const count = findFailed().length
      if (count > 0) logger.error({ count }, 'stopped before reservations were rolled back')
    },
  }
}
