// One kind of record as the engine sees it, and what all kinds have in common.
import { type Adapter, type AdapterPayload, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { RecordKind } from '../../records/key-names.ts'
import type { OpenRecord, Records } from '../../records/records.ts'
import { speakingEngine } from '../engine-errors.ts'
import type { Claims } from './reservations.ts'

export interface RecordAdapterOptions {
  readonly records: Records
  readonly claims: Claims
  /** Ends a grant whose token was used twice. */
  readonly revokeGrant: (grantId: string) => Promise<void>
  readonly currentContext: () => KoaContextWithOIDC | undefined
  readonly now: () => number
}

/** `reopen`: what this request has read, so that changing it needs no second look. */
export interface RecordAdapter extends Adapter {
  open(id: string): Promise<OpenRecord | undefined>
  reopen(id: string): Promise<OpenRecord | undefined>
  /** Marks a record as consumed, for this request alone. False: it was consumed, or is not there. */
  claim(
    id: string,
    options?: {
      /** Whoever has consumed it may do so again: what they took for themselves alone they have again. */
      by?: string | undefined
      /** For how much longer than its own time it is kept. */
      keptSeconds?: number
    },
  ): Promise<boolean>
}

/** Says no to everything: what a kind of record can do stands over it. */
export function createEmptyAdapter(model: string): Adapter {
  const nothing = async () => undefined
  return {
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    // A token is good only while its grant is, and that is revoked by its own id.
    revokeByGrantId: nothing,
    async upsert() {
      throw new Error(`${model} must not be stored`)
    },
  }
}

export const lifetime = (expiresIn: number | undefined) => Math.max(1, expiresIn ?? 1)

export function createRecordAdapter(
  kind: RecordKind,
  options: RecordAdapterOptions,
): RecordAdapter {
  const { records, claims, now, currentContext } = options
  const opened = new WeakMap<object, { id: string; record: OpenRecord | undefined }>()

  async function read(id: string): Promise<OpenRecord | undefined> {
    await claims.assertCertain(kind, id)
    return records.open(kind, id)
  }

  async function open(id: string): Promise<OpenRecord | undefined> {
    const record = await speakingEngine(read(id))
    const ctx = currentContext()
    if (ctx) opened.set(ctx, { id, record })
    return record
  }

  async function reopen(id: string): Promise<OpenRecord | undefined> {
    const known = opened.get(currentContext() ?? {})
    return known?.id === id ? known.record : open(id)
  }

  const claim: RecordAdapter['claim'] = async (id, { by, keptSeconds = 0 } = {}) => {
    const record = await reopen(id)
    const payload = (record?.value ?? {}) as AdapterPayload
    const isTheirs = by !== undefined && payload['consumedBy'] === by
    if (!record || (payload.consumed !== undefined && !isTheirs)) return false
    const consumed = { ...payload, consumed: Math.floor(now() / 1000), consumedBy: by }
    const expiresAt = (payload.exp ?? 0) + keptSeconds
    const exchange = record.exchange(consumed, lifetime(Math.ceil(expiresAt - now() / 1000)))
    return speakingEngine(claims.take({ kind, id, exchange, expiresAt }))
  }

  return {
    ...createEmptyAdapter(kind),
    open,
    reopen,
    find: async (id) => (await open(id))?.value as AdapterPayload | undefined,
    upsert: (id, payload, expiresIn) =>
      speakingEngine(records.save(kind, id, payload, lifetime(expiresIn))),
    destroy: (id) => speakingEngine(records.remove(kind, id)),

    claim,

    /** Single use means once: of two requests with one code, the loser ends the grant (RFC 6749 §4.1.2). */
    async consume(id) {
      if (await claim(id)) return
      const { grantId } = ((await reopen(id))?.value ?? {}) as AdapterPayload
      if (grantId) await options.revokeGrant(grantId)
      throw new errors.InvalidGrant(`${kind} already consumed`)
    },
  }
}
