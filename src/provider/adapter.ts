// The engine's storage adapters over our stores. Here, and not in storage/, because a lost race and an
// absent store must speak the engine's errors.
import { type Adapter, type AdapterPayload, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { GrantStore } from '../storage/grant-store.ts'
import { isRecordKind, type RecordKind } from '../storage/key-names.ts'
import type { OpenRecord, Records } from '../storage/records.ts'
import { speakingEngine } from './engine-errors.ts'

export interface AdapterOptions {
  readonly records: Records
  /** client-adapter.ts */
  readonly clients: Adapter
  readonly grants: GrantStore
  /** refresh-token-adapter.ts */
  readonly refreshTokens: Adapter
  /** Ends a grant whose token was used twice. */
  readonly revokeGrant: (grantId: string) => Promise<void>
  /** The client has a living grant: its registration must live as well. */
  readonly renewClient: (clientId: string) => Promise<void>
  readonly currentContext: () => KoaContextWithOIDC | undefined
  readonly interactionSeconds: number
  readonly now: () => number
}

export function createAdapterFactory(options: AdapterOptions): (model: string) => Adapter {
  return (model) => {
    switch (model) {
      case 'Client':
        return options.clients
      case 'Grant':
        return createGrantAdapter(options)
      case 'RefreshToken':
        return options.refreshTokens
      case 'Interaction':
        return createInteractionAdapter(options)
      case 'PushedAuthorizationRequest':
        return createPushedRequestAdapter(options)
      case 'Session':
        return createSessionAdapter(options)
      default:
        return isRecordKind(model) ? createAdapter(model, options) : createEmptyAdapter(model)
    }
  }
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

const lifetime = (expiresIn: number | undefined) => Math.max(1, expiresIn ?? 1)

/**
 * A pushed request (RFC 9126) can be opened for the minute that its `exp` says, and is used when the
 * person has approved, up to an interaction later: for so long it is known that it was used.
 */
function createPushedRequestAdapter(options: AdapterOptions): Adapter {
  const { records, currentContext, interactionSeconds } = options
  const kind = 'PushedAuthorizationRequest'
  const spent = () => new errors.InvalidRequestUri('request_uri was already used, or is too old')
  return {
    ...createEmptyAdapter(kind),
    async find(id) {
      const found = await speakingEngine(records.find(kind, id))
      // The engine would go on without a request that is gone, and so use it once more.
      if (!found && currentContext()?.oidc.route === 'resume') throw spent()
      return found as AdapterPayload | undefined
    },
    upsert: (id, payload, expiresIn) =>
      speakingEngine(records.save(kind, id, payload, lifetime(expiresIn) + interactionSeconds)),
    destroy: (id) => speakingEngine(records.remove(kind, id)),
    async consume(id) {
      const record = await speakingEngine(records.open(kind, id))
      const payload = record?.value as AdapterPayload | undefined
      if (!record || !payload || payload.consumed) throw spent()
      const consumed = { ...payload, consumed: Math.floor(options.now() / 1000) }
      const isFirst = await speakingEngine(record.replace(consumed, interactionSeconds))
      if (!isFirst) throw spent()
    },
  }
}

function createAdapter(kind: RecordKind, options: AdapterOptions): Adapter {
  const { records, now, currentContext } = options
  /** What a request has read, so that consuming it needs no second look. */
  const opened = new WeakMap<object, { id: string; record: OpenRecord | undefined }>()

  async function open(id: string): Promise<OpenRecord | undefined> {
    const record = await speakingEngine(records.open(kind, id))
    const ctx = currentContext()
    if (ctx) opened.set(ctx, { id, record })
    return record
  }

  async function reopen(id: string): Promise<OpenRecord | undefined> {
    const known = opened.get(currentContext() ?? {})
    return known?.id === id ? known.record : open(id)
  }

  return {
    ...createEmptyAdapter(kind),
    find: async (id) => (await open(id))?.value as AdapterPayload | undefined,
    upsert: (id, payload, expiresIn) =>
      speakingEngine(records.save(kind, id, payload, lifetime(expiresIn))),
    destroy: (id) => speakingEngine(records.remove(kind, id)),

    /** Single use means once: of two requests with one code, the loser ends the grant (RFC 6749 §4.1.2). */
    async consume(id) {
      const record = await reopen(id)
      const payload = (record?.value ?? {}) as AdapterPayload
      const consumed = { ...payload, consumed: Math.floor(now() / 1000) }
      const restSeconds = Math.ceil((payload.exp ?? 0) - now() / 1000)
      const isFirst =
        record !== undefined &&
        payload.consumed === undefined &&
        (await speakingEngine(record.replace(consumed, lifetime(restSeconds))))
      if (isFirst) return
      if (payload.grantId) await options.revokeGrant(payload.grantId)
      throw new errors.InvalidGrant(`${kind} already consumed`)
    },
  }
}

function createInteractionAdapter(options: AdapterOptions): Adapter {
  return {
    ...createAdapter('Interaction', options),
    /** The engine destroys an interaction when it resumes it: of two who try, one goes on. */
    async destroy(uid) {
      const taken = await speakingEngine(options.records.take('Interaction', uid))
      if (taken === undefined) throw new errors.SessionNotFound('interaction session not found')
    },
  }
}

function createSessionAdapter(options: AdapterOptions): Adapter {
  const { records } = options
  const sessions = createAdapter('Session', options)
  return {
    ...sessions,
    async upsert(id, payload, expiresIn) {
      const index = records.save('SessionUid', String(payload.uid), id, lifetime(expiresIn))
      await Promise.all([sessions.upsert(id, payload, expiresIn), speakingEngine(index)])
    },
    async findByUid(uid) {
      const id = await speakingEngine(records.find('SessionUid', uid))
      return typeof id === 'string' ? sessions.find(id) : undefined
    },
  }
}

function createGrantAdapter({ grants, renewClient }: AdapterOptions): Adapter {
  return {
    ...createEmptyAdapter('Grant'),
    find: (id) => speakingEngine(grants.find(id)),
    async upsert(id, payload, expiresIn) {
      const saved = grants.save(id, { ...payload }, lifetime(expiresIn))
      await speakingEngine(Promise.all([saved, renewClient(String(payload.clientId))]))
    },
    destroy: (id) => speakingEngine(grants.revoke(id)),
  }
}
