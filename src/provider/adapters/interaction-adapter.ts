// The engine's interactions. It destroys one when a browser resumes it, before it has written what follows;
// here the interaction is reserved, and removed once the browser has the answer.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, errors } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { asEngineError, toEngineError } from '../engine-errors.ts'
import { endpointOf, requireNumber } from '../internals.ts'
import { createRecordAdapter, lifetime, type RecordAdapterOptions } from './record-adapter.ts'

/** Longer than any response takes: the browser of a request that resumed longer ago has no answer. */
const LONGEST_RESPONSE_MS = 15_000
const PATIENCE_MS = 2000
const PAUSE_MS = 100

export function createInteractionAdapter(
  options: RecordAdapterOptions & { readonly logger: Pick<Logger, 'warn'> },
): Adapter {
  const { records, reservations, currentContext, spend, logger, now } = options
  const kind = 'Interaction'
  const interactions = createRecordAdapter(kind, options)
  const { open, reopen } = interactions

  async function reserve(id: string, record: NonNullable<Awaited<ReturnType<typeof open>>>) {
    const { resumedAtMs } = record.value
    const exp = requireNumber(record.value.exp, 'exp of an interaction')
    const isFree = resumedAtMs === undefined || now() - resumedAtMs > LONGEST_RESPONSE_MS
    if (!isFree) return false
    const next = { ...record.value, resumedAtMs: now() }
    const swap = record.swapReversibly(next, lifetime(Math.ceil(exp - now() / 1000)))
    const onAnswered = (): void => {
      records.remove(kind, id).catch((err: unknown) => {
        logger.warn({ err }, 'a resumed interaction was not removed')
      })
    }
    return asEngineError(reservations.reserve({ kind, id, swap, expiresAt: exp, onAnswered }))
  }

  return {
    ...interactions,
    async upsert(id, payload, expiresIn) {
      const ctx = currentContext()
      if (ctx && endpointOf(ctx) === 'authorization') {
        await asEngineError(spend('authorization'), ctx)
      }
      await interactions.upsert(id, payload, expiresIn)
    },
    /** Of two requests that resume an interaction, one continues; the other waits for its outcome. */
    async destroy(id) {
      const endsAtMs = performance.now() + PATIENCE_MS
      for (let record = await reopen(id); record; record = await open(id)) {
        if (await reserve(id, record)) return
        if (performance.now() > endsAtMs) {
          const cause = new Error('another request resumes this interaction')
          throw toEngineError(new AppError('overdue', { cause }))
        }
        await sleep(PAUSE_MS)
      }
      throw new errors.SessionNotFound('interaction session not found')
    },
  }
}
