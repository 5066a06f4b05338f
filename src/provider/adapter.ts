// The engine's storage adapter over our records. Here, and not in storage/, because a lost race and an
// absent store must speak the engine's errors.
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { AppError } from '../errors.ts'
import { isRecordKind, type RecordKind } from '../storage/key-names.ts'
import type { Records } from '../storage/records.ts'

/** The engine answers 500 to what it does not know; `expose` and the status make it a 503. */
function toEngineError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  const { status, error: code, description } = error
  return Object.assign(new errors.OIDCProviderError(status, code), {
    cause: error,
    expose: true,
    allow_redirect: false,
    error_description: description,
  })
}

async function speakingEngine<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw toEngineError(error)
  }
}

const remainingSeconds = (payload: AdapterPayload, nowMs: number) =>
  Math.max(1, Math.ceil((payload.exp ?? 0) - nowMs / 1000))

export function createAdapterFactory(options: {
  records: Records
  /** For registrations, which the engine would keep for ever. */
  clientTtlSeconds: number
  now: () => number
}): (model: string) => Adapter {
  return (model) =>
    isRecordKind(model) ? createAdapter(model, options) : createEmptyAdapter(model)
}

function createAdapter(
  kind: RecordKind,
  options: { records: Records; clientTtlSeconds: number; now: () => number },
): Adapter {
  const { records, clientTtlSeconds, now } = options
  const find = async (id: string) =>
    (await speakingEngine(records.find(kind, id))) as AdapterPayload | undefined

  return {
    find,
    async upsert(id, payload, expiresIn = clientTtlSeconds) {
      const writes = [records.save(kind, id, payload, Math.max(1, expiresIn))]
      if (kind === 'Session' && payload.uid) {
        writes.push(records.save('SessionUid', payload.uid, id, Math.max(1, expiresIn)))
      }
      await speakingEngine(Promise.all(writes))
    },
    async findByUid(uid) {
      const id = await speakingEngine(records.find('SessionUid', uid))
      return typeof id === 'string' ? find(id) : undefined
    },
    async findByUserCode() {
      return undefined
    },
    destroy: (id) => speakingEngine(records.remove(kind, id)),

    /** Single use means once: of two requests with one code, the loser ends the grant (RFC 6749 §4.1.2). */
    async consume(id) {
      let grantId: string | undefined
      const consumed = await speakingEngine(
        records.update(kind, id, (value) => {
          const payload = value as AdapterPayload
          grantId = payload.grantId
          if (payload.consumed) return undefined
          return {
            value: { ...payload, consumed: Math.floor(now() / 1000) },
            ttlSeconds: remainingSeconds(payload, now()),
          }
        }),
      )
      if (consumed) return
      if (grantId) await speakingEngine(records.remove('Grant', grantId))
      throw new errors.InvalidGrant(`${kind} already consumed`)
    },

    /** Nothing to do: a token is good only while its grant is, and that is removed by its own id. */
    async revokeByGrantId() {},
  }
}

/** For the engine's models that this server never stores: access tokens are JWTs. */
function createEmptyAdapter(model: string): Adapter {
  const nothing = async () => undefined
  return {
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    consume: nothing,
    destroy: nothing,
    revokeByGrantId: nothing,
    async upsert() {
      throw new Error(`${model} must not be stored`)
    },
  }
}
