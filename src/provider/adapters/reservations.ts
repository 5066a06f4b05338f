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
  /** Called when the response has been sent, unless it was a 5xx. */
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
  isUndone: boolean
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
/** How long to retry while the store does not answer. */
const PATIENCE_MS = 60_000
/** How long after a command timed out the store may still carry it out. */
const LATE_COMMAND_MS = 10_000
/** Anyone can make requests that fail during an outage; beyond this many, each undo is tried once. */
const MOST_AT_ONCE = 500
const CLOSING_MS = 2000

/** Whether the request is answered with a 5xx, perhaps by its deadline while it still runs. */
export function hasFailed({ res, status }: KoaContextWithOIDC): boolean {
  return (res.headersSent ? res.statusCode : status) >= 500
}

/** Does not keep the process. */
const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref())

export function createReservations(options: {
  currentContext: () => KoaContextWithOIDC | undefined
  logger: Pick<Logger, 'error'>
  now: () => number
}): Reservations {
  const { currentContext, logger, now } = options
  /** Every reservation of this process that may have to be undone. */
  const held = new Set<Held>()
  const byRequest = new WeakMap<KoaContextWithOIDC, Held[]>()
  let undoing = 0

  const findFailed = () => [...held].filter(({ ctx }) => hasFailed(ctx))

  function hold(reservation: Reservation, ctx: KoaContextWithOIDC): Held {
    const one: Held = { ...reservation, ctx, isUndone: false }
    held.add(one)
    byRequest.set(ctx, [...(byRequest.get(ctx) ?? []), one])
    return one
  }

  /** Undefined: the store did not answer. False: the swap did not happen, or has not happened yet. */
  async function undo(one: Held): Promise<boolean | undefined> {
    const restSeconds = Math.max(1, Math.ceil(one.expiresAt - now() / 1000))
    const isUndone = await one.swap.undo(restSeconds).catch(() => undefined)
    if (isUndone !== undefined) held.delete(one)
    one.isUndone ||= isUndone === true
    return isUndone
  }

  async function rollBack(one: Held): Promise<void> {
    const startedAtMs = now()
    const isCrowded = undoing >= MOST_AT_ONCE
    undoing += 1
    for (let pauseMs = FIRST_PAUSE_MS; !one.isUndone; pauseMs *= 2) {
      const isUndone = await undo(one)
      const patienceMs = isUndone === undefined ? PATIENCE_MS : LATE_COMMAND_MS
      if (isCrowded || now() - startedAtMs >= patienceMs) break
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
    }
    undoing -= 1
    if (held.delete(one)) {
      logger.error({ kind: one.kind }, 'a reservation could not be rolled back')
    }
  }

  return {
    async reserve(reservation) {
      const ctx = currentContext()
      const one = ctx && hold(reservation, ctx)
      // A rejection does not release it: the swap may have happened.
      const isDone = await reservation.swap.isDone
      if (one && !isDone) {
        held.delete(one)
        one.isUndone = true
      }
      return isDone
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
          if (one.onAnswered) ctx.res.once('finish', one.onAnswered)
        }
      }
    },

    async close() {
      const endsAtMs = now() + CLOSING_MS
      while (findFailed().length > 0 && now() < endsAtMs) await sleep(FIRST_PAUSE_MS)
    },
  }
}
