// The engine's storage adapters over our stores. Here, and not in storage/, because a lost race and an
// absent store must speak the engine's errors.
import type { Adapter } from 'oidc-provider'
import type { GrantStore } from '../../records/grant-store.ts'
import { isRecordKind } from '../../records/key-names.ts'
import { speakingEngine } from '../engine-errors.ts'
import { createInteractionAdapter, createSessionAdapter } from './interaction-adapters.ts'
import { createPushedRequestAdapter } from './pushed-request-adapter.ts'
import {
  createEmptyAdapter,
  createRecordAdapter,
  lifetime,
  type RecordAdapterOptions,
} from './record-adapter.ts'

interface AdapterOptions extends RecordAdapterOptions {
  /** client-adapter.ts */
  readonly clients: Adapter
  readonly grants: GrantStore
  /** refresh-token-adapter.ts */
  readonly refreshTokens: Adapter
  /** The client has a living grant: its registration must live as well. */
  readonly renewClient: (clientId: string) => Promise<void>
  readonly interactionSeconds: number
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
        return isRecordKind(model) ? createRecordAdapter(model, options) : createEmptyAdapter(model)
    }
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
