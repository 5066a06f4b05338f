// The engine's storage adapters over our records. They are part of provider/ because a lost race and an absent
// store have to become the engine's errors.
import type { Adapter } from 'oidc-provider'
import type { Logger } from '../../log.ts'
import type { ClientStore } from '../../records/client-store.ts'
import { asEngineError } from '../engine-errors.ts'
import { requireText } from '../internals.ts'
import type { AccountLookup } from './account-lookup.ts'
import { createCodeAdapter } from './code-adapter.ts'
import { createInteractionAdapter } from './interaction-adapter.ts'
import { createPushedRequestAdapter } from './pushed-request-adapter.ts'
import {
  createEmptyAdapter,
  createRecordAdapter,
  type RecordAdapterOptions,
} from './record-adapter.ts'
import { createSessionAdapter } from './session-adapter.ts'

interface AdapterOptions extends RecordAdapterOptions {
  /** provider/clients/client-adapter.ts */
  readonly clients: Adapter
  readonly registrations: Pick<ClientStore, 'saveToken'>
  readonly accountLookup: Pick<AccountLookup, 'begin'>
  /** grant-adapter.ts */
  readonly grantAdapter: Adapter
  /** refresh-token-adapter.ts */
  readonly refreshTokens: Adapter
  /** access-token-adapter.ts */
  readonly accessTokens: Adapter
  readonly interactionSeconds: number
  readonly logger: Pick<Logger, 'warn'>
}

export function createAdapterFactory(options: AdapterOptions): (model: string) => Adapter {
  return (model) => {
    switch (model) {
      case 'Client':
        return options.clients
      case 'Grant':
        return options.grantAdapter
      case 'AccessToken':
        return options.accessTokens
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
