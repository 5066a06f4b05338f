// The engine's browser sessions. They are found by their id alone, which is what the browser has.
import type { Adapter, KoaContextWithOIDC } from 'oidc-provider'
import type { Logger } from '../../log.ts'
import { endpointOf } from '../internals.ts'
import { createRecordAdapter, type RecordAdapterOptions } from './record-adapter.ts'
import { hasFailed } from './reservations.ts'

export function createSessionAdapter(
  options: RecordAdapterOptions & { readonly logger: Pick<Logger, 'warn'> },
): Adapter {
  const { records, currentContext, logger } = options
  const sessions = createRecordAdapter('Session', options)
  /** The id that a session had before this request gave it another. */
  const replacedIds = new WeakMap<KoaContextWithOIDC, string>()

  function removeReplaced(ctx: KoaContextWithOIDC, oldId: string): void {
    // A browser that got a 5xx comes back with the old cookie.
    if (hasFailed(ctx)) return
    records.remove('Session', oldId).catch((err: unknown) => {
      logger.warn({ err }, 'a replaced session was not removed')
    })
  }

  return {
    ...sessions,
    async upsert(id, payload, expiresIn) {
      await sessions.upsert(id, payload, expiresIn)
      const ctx = currentContext()
      const oldId = ctx && replacedIds.get(ctx)
      if (oldId !== undefined) ctx?.res.once('finish', () => removeReplaced(ctx, oldId))
    },
    async destroy(id) {
      const ctx = currentContext()
      // A session that gets another id at a sign-in: the engine destroys the old one before it saves the new.
      if (ctx && endpointOf(ctx) === 'resume') replacedIds.set(ctx, id)
      else await sessions.destroy(id)
    },
  }
}
