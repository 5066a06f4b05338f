// The engine's storage adapters over our records. They are part of provider/ because a lost race and an absent
// store have to become the engine's errors.
import type { Adapter } from 'oidc-provider'
import type { Logger } from '../../log.ts'
import type { ClientStore } from '../../records/client-store.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import { asEngineError } from '../engine-errors.ts'
import { requireText, toPayload } from '../internals.ts'
import type { AccountLookup } from './account-lookup.ts'
import { createCodeAdapter } from './code-adapter.ts'
import { createInteractionAdapter } from './interaction-adapter.ts'
import { createPushedRequestAdapter } from './pushed-request-adapter.ts'
import {
  createEmptyAdapter,
  createRecordAdapter,
  lifetime,
  type RecordAdapterOptions,
} from './record-adapter.ts'
import { createSessionAdapter } from './session-adapter.ts'

interface AdapterOptions extends RecordAdapterOptions {
  /** provider/clients/client-adapter.ts */
  readonly clients: Adapter
  readonly registrations: Pick<ClientStore, 'saveToken'>
  readonly grants: GrantStore
  readonly accountLookup: AccountLookup
  /** refresh-token-adapter.ts */
  readonly refreshTokens: Adapter
  /** A client with a live grant must keep its registration. */
  readonly renewClient: (clientId: string) => Promise<void>
  readonly interactionSeconds: number
  readonly logger: Pick<Logger, 'warn'>
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
      case 'AuthorizationCode':
        return createCodeAdapter(options)
      case 'RegistrationAccessToken':
        return createRegistrationTokenAdapter(options)
      default:
        return createEmptyAdapter(model)
    }
  }
}

function createRegistrationTokenAdapter(options: AdapterOptions): Adapter {
  return {
    ...createRecordAdapter('RegistrationAccessToken', options),
    async upsert(token, payload) {
      const clientId = requireText(payload.clientId, 'clientId of a registration access token')
      await asEngineError(options.registrations.saveToken(clientId, token, { ...payload }))
    },
  }
}

function createGrantAdapter({ grants, renewClient }: AdapterOptions): Adapter {
  return {
    ...createEmptyAdapter('Grant'),
    find: async (id) => toPayload(await asEngineError(grants.find(id))),
    async upsert(id, payload, expiresIn) {
      const clientId = requireText(payload.clientId, 'clientId of a grant')
      const saved = grants.save(id, { ...payload }, lifetime(expiresIn))
      await asEngineError(Promise.all([saved, renewClient(clientId)]))
    },
    destroy: (id) => asEngineError(grants.revoke(id)),
  }
}
