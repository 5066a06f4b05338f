// One kind of record as the engine's storage adapter, and what all adapters share.
import { type Adapter, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { RateLimits } from '../../domain/rate-limits.ts'
import type { EngineModel, RecordValues } from '../../records/record-values.ts'
import type { OpenRecord, Records } from '../../records/records.ts'
import { asEngineError } from '../engine-errors.ts'
import { requireNumber, toPayload } from '../internals.ts'
import type { Reservations } from './reservations.ts'

/** Kinds that hold a model of the engine's as it is. */
export type ModelKind = {
  [K in keyof RecordValues]: EngineModel extends RecordValues[K] ? K : never
}[Exclude<keyof RecordValues, 'Grant' | 'ReplayDetection'>]

export interface RecordAdapterOptions {
  readonly records: Records
  readonly reservations: Reservations
  /** Ends a grant whose code was used twice. */
  readonly revokeGrant: (grantId: string) => Promise<void>
  readonly currentContext: () => KoaContextWithOIDC | undefined
  /** Counts a record that anyone can leave. @throws AppError too_many_requests */
  readonly spend: RateLimits['spend']
  readonly now: () => number
}

type OpenModel = OpenRecord<EngineModel>

export interface RecordAdapter extends Adapter {
  open(id: string): Promise<OpenModel | undefined>
  /** The record as this request opened it before, so that changing it needs no second read. */
  reopen(id: string): Promise<OpenModel | undefined>
  /** Marks a record as consumed, reserved for this request. False: it was consumed, or is not there. */
  reserve(
    id: string,
    options?: {
      /** A request that reserves under the same name may consume the record again. */
      by?: string | undefined
      /** For how much longer than its own lifetime the record is kept. */
      keptSeconds?: number
    },
  ): Promise<boolean>
}

/** Supports nothing. Each adapter overrides what its kind supports. */
export function createEmptyAdapter(model: string): Adapter {
  const nothing = async () => undefined
  return {
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    // A token is valid only while its grant is, and the grant is revoked by its own id.
    revokeByGrantId: nothing,
    async upsert() {
      throw new Error(`${model} must not be stored`)
    },
  }
}

export const lifetime = (expiresIn: number | undefined) => Math.max(1, expiresIn ?? 1)

export function createRecordAdapter(kind: ModelKind, options: RecordAdapterOptions): RecordAdapter {
  const { records, reservations, now, currentContext } = options
  const opened = new WeakMap<object, { id: string; record: OpenModel | undefined }>()

  async function read(id: string): Promise<OpenModel | undefined> {
    await reservations.assertSettled(kind, id)
    return records.open(kind, id)
  }

  async function open(id: string): Promise<OpenModel | undefined> {
    const record = await asEngineError(read(id))
    const ctx = currentContext()
    if (ctx) opened.set(ctx, { id, record })
    return record
  }

  async function reopen(id: string): Promise<OpenModel | undefined> {
    const known = opened.get(currentContext() ?? {})
    return known?.id === id ? known.record : open(id)
  }

  const reserve: RecordAdapter['reserve'] = async (id, { by, keptSeconds = 0 } = {}) => {
    const record = await reopen(id)
    if (!record) return false
    const { consumed, consumedBy } = record.value
    const exp = requireNumber(record.value.exp, `exp of a ${kind}`)
    const isTheirs = by !== undefined && consumedBy === by
    if (consumed !== undefined && !isTheirs) return false
    const next = { ...record.value, consumed: Math.floor(now() / 1000), consumedBy: by }
    const expiresAt = exp + keptSeconds
    const swap = record.swapReversibly(next, lifetime(Math.ceil(expiresAt - now() / 1000)))
    return asEngineError(reservations.reserve({ kind, id, swap, expiresAt }))
  }

  return {
    ...createEmptyAdapter(kind),
    open,
    reopen,
    find: async (id) => toPayload((await open(id))?.value),
    upsert: (id, payload, expiresIn) =>
      asEngineError(records.save(kind, id, { ...payload }, lifetime(expiresIn))),
    destroy: (id) => asEngineError(records.remove(kind, id)),

    reserve,

    /** Of two requests with one code, the second ends the grant (RFC 6749 §4.1.2). */
    async consume(id) {
      if (await reserve(id)) return
      const grantId = (await reopen(id))?.value.grantId
      if (grantId !== undefined) await options.revokeGrant(grantId)
      throw new errors.InvalidGrant(`${kind} already consumed`)
    },
  }
}
