// What a browser comes back with: the interaction that it resumes, and its session. The engine destroys
// both before it writes what takes their place; here they go when that is written, so that a browser
// that was not answered can ask again.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, type AdapterPayload, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import { speakingEngine } from '../engine-errors.ts'
import { createRecordAdapter, lifetime, type RecordAdapterOptions } from './record-adapter.ts'
import { hasFailed } from './reservations.ts'

/** Longer than any request takes: who has resumed it since then was stopped on the way. */
const CLAIM_MS = 15_000
const PATIENCE_MS = 2000
const PAUSE_MS = 100

export function createInteractionAdapter(options: RecordAdapterOptions): Adapter {
  const { claims, now } = options
  const kind = 'Interaction'
  const interactions = createRecordAdapter(kind, options)
  const { open, reopen } = interactions

  return {
    ...interactions,
    /** The engine destroys an interaction when it resumes it: of two who try, one goes on. */
    async destroy(id) {
      const endsAtMs = performance.now() + PATIENCE_MS
      for (let record = await reopen(id); record; record = await open(id)) {
        const interaction = record.value as AdapterPayload & { resumedAtMs?: number }
        const { resumedAtMs, exp = 0 } = interaction
        if (resumedAtMs === undefined || now() - resumedAtMs > CLAIM_MS) {
          const exchange = record.exchange(
            { ...interaction, resumedAtMs: now() },
            lifetime(Math.ceil(exp - now() / 1000)),
          )
          const claim = { kind, id, exchange, expiresAt: exp, endsWithAnswer: true } as const
          if (await speakingEngine(claims.take(claim))) return
        }
        // Either the other one is answered, or it fails and gives the interaction back.
        if (performance.now() > endsAtMs) {
          const cause = new Error('another request resumes this interaction')
          await speakingEngine(Promise.reject(new AppError('overdue', { cause })))
        }
        await sleep(PAUSE_MS)
      }
      throw new errors.SessionNotFound('interaction session not found')
    },
  }
}

export function createSessionAdapter(options: RecordAdapterOptions): Adapter {
  const { records, claims, currentContext } = options
  const sessions = createRecordAdapter('Session', options)
  /** Ids that sessions had before this request. */
  const replaced = new WeakMap<KoaContextWithOIDC, string>()

  return {
    ...sessions,
    async upsert(id, payload, expiresIn) {
      const ctx = currentContext()
      const isAnswered = ctx && !hasFailed(ctx) && ctx.response.get('Location') !== ''
      await Promise.all([
        sessions.upsert(id, payload, expiresIn),
        speakingEngine(records.save('SessionUid', String(payload.uid), id, lifetime(expiresIn))),
        // The last write of an authorization: one trip for all.
        isAnswered ? claims.complete(ctx) : undefined,
      ])
      const oldId = ctx && replaced.get(ctx)
      if (oldId === undefined) return
      // When the browser has the new one: who was told of a failure comes back with the old.
      ctx?.res.once('finish', () => {
        if (!hasFailed(ctx)) records.remove('Session', oldId).catch(() => {})
      })
    },
    async findByUid(uid) {
      const id = await speakingEngine(records.find('SessionUid', uid))
      return typeof id === 'string' ? sessions.find(id) : undefined
    },
    async destroy(id) {
      const ctx = currentContext()
      // A session that gets another id at its login: the engine destroys the old one first.
      if (ctx?.oidc.route === 'resume') replaced.set(ctx, id)
      else await sessions.destroy(id)
    },
  }
}
