// Records that one request may have for itself alone: a code, a pushed request, an approved interaction.
// Where that request then fails for a reason of ours, they are given back: nobody was answered, and
// whoever asks again must get on.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import type { RecordKind } from '../../records/key-names.ts'
import type { Exchange } from '../../records/records.ts'

export interface Claim {
  readonly kind: RecordKind
  readonly id: string
  readonly exchange: Exchange
  /** Seconds since the epoch, of the record. */
  readonly expiresAt: number
  /** Whether the record is of no more use when the request is answered. */
  readonly endsWithAnswer?: boolean
}

export interface Claims {
  /** False: another request has it, or has changed it. */
  take(claim: Claim): Promise<boolean>
  /** @throws AppError store_unavailable while it is in doubt whether a failed request has the record */
  assertCertain(kind: RecordKind, id: string): Promise<void>
  /** The request is as good as answered. Fails for nothing. */
  complete(ctx: KoaContextWithOIDC): Promise<void>
  /** To be called when the answer is known: completes, or gives back what a failed request has taken. */
  settle(ctx: KoaContextWithOIDC): Promise<void>
  /** Waits a little for what is in doubt, since another process would take it for used. */
  close(): Promise<void>
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2000
const LONGEST_MS = 60_000
/** Strangers can make requests that fail: what exceeds this is tried once. */
const MOST_AT_ONCE = 500
const CLOSING_MS = 2000
/** A command that timed out may be done later than one that was sent after it. */
const ECHO_MS = 10_000

/** Also of a request that goes on although it was answered by its deadline. */
export function hasFailed({ res, status }: KoaContextWithOIDC): boolean {
  return (res.headersSent ? res.statusCode : status) >= 500
}

export function createClaims(options: {
  currentContext: () => KoaContextWithOIDC | undefined
  now: () => number
}): Claims {
  const { currentContext, now } = options
  const taken = new WeakMap<KoaContextWithOIDC, Claim[]>()
  const holders = new Map<string, KoaContextWithOIDC>()
  const ended = new WeakSet<Claim>()
  const doubtful = new Map<string, () => Promise<boolean | undefined>>()
  let running = 0
  const nameOf = ({ kind, id }: Pick<Claim, 'kind' | 'id'>) => `${kind} ${id}`
  const heldBy = (ctx: KoaContextWithOIDC) => taken.get(ctx) ?? []

  async function giveBack(claim: Claim): Promise<void> {
    const name = nameOf(claim)
    // Nobody sends an assertion again later than that.
    const longestMs = claim.kind === 'ReplayDetection' ? ECHO_MS : LONGEST_MS
    const lasts = running < MOST_AT_ONCE ? longestMs : 0
    const startedAtMs = performance.now()
    const elapsedMs = () => performance.now() - startedAtMs
    let isOver = false
    const settleDoubt = (): void => {
      if (doubtful.get(name) === undo) doubtful.delete(name)
    }
    const undo = async (): Promise<boolean | undefined> => {
      const restSeconds = Math.max(1, Math.ceil(claim.expiresAt - now() / 1000))
      const isBack = await claim.exchange.undo(restSeconds).catch(() => undefined)
      // False: it was not taken, or not yet.
      if (isBack !== undefined) settleDoubt()
      isOver ||= isBack === true
      return isBack
    }
    doubtful.set(name, undo)
    running += 1
    await undo()
    for (let pauseMs = FIRST_PAUSE_MS; !isOver && elapsedMs() < lasts; pauseMs *= 2) {
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), undefined, { ref: false })
      if (!isOver && (await undo()) === false && elapsedMs() > ECHO_MS) break
    }
    running -= 1
    settleDoubt()
  }

  async function complete(ctx: KoaContextWithOIDC): Promise<void> {
    const ending = heldBy(ctx).filter((claim) => claim.endsWithAnswer && !ended.has(claim))
    for (const claim of ending) ended.add(claim)
    await Promise.allSettled(ending.map(({ exchange }) => exchange.remove()))
  }

  return {
    async take(claim) {
      const ctx = currentContext()
      const name = nameOf(claim)
      if (ctx) {
        taken.set(ctx, [...heldBy(ctx), claim])
        holders.set(name, ctx)
      }
      // What throws may have been done: it stays a claim.
      const isDone = await claim.exchange.isDone
      if (!isDone && ctx) {
        taken.set(
          ctx,
          heldBy(ctx).filter((one) => one !== claim),
        )
        if (holders.get(name) === ctx) holders.delete(name)
      }
      return isDone
    },
    async assertCertain(kind, id) {
      const name = nameOf({ kind, id })
      const holder = holders.get(name)
      await doubtful.get(name)?.()
      if (doubtful.has(name) || (holder && hasFailed(holder))) {
        throw new AppError('store_unavailable', { cause: new Error(`a ${kind} is in doubt`) })
      }
    },
    complete,
    async settle(ctx) {
      const claims = heldBy(ctx)
      if (hasFailed(ctx)) for (const claim of claims) void giveBack(claim)
      else await complete(ctx)
      for (const claim of claims) holders.delete(nameOf(claim))
      taken.delete(ctx)
    },
    async close() {
      const endsAtMs = performance.now() + CLOSING_MS
      while (doubtful.size > 0 && performance.now() < endsAtMs) await sleep(FIRST_PAUSE_MS / 2)
    },
  }
}
