// Finds clients for the engine: in the configuration, by their metadata document, or among the
// registrations. A client comes complete with its keys, so the engine fetches nothing itself.
import { decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose'
import type { Adapter, AdapterPayload, ClientMetadata, KoaContextWithOIDC } from 'oidc-provider'
import { createBoundedMap } from '../../bounded-map.ts'
import type { DocumentCache } from '../../domain/document-cache.ts'
import type { DocumentPolicy } from '../../domain/document-policy.ts'
import type { RateLimits } from '../../domain/rate-limits.ts'
import { isClientIdUrl } from '../../oauth/client-id-url.ts'
import { holdsKey, type KeySet, parseKeySet, selectKeys } from '../../oauth/key-set.ts'
import type { ClientStore } from '../../records/client-store.ts'
import { createEmptyAdapter } from '../adapters/record-adapter.ts'
import { asEngineError } from '../engine-errors.ts'
import { type Endpoint, endpointOf, toPayload } from '../internals.ts'

export interface ClientAdapterOptions {
  /** By client id. */
  readonly configured: ReadonlyMap<string, ClientMetadata>
  readonly registrations: ClientStore
  readonly documentPolicy: DocumentPolicy
  readonly documents: DocumentCache<ClientMetadata>
  readonly keySets: DocumentCache<KeySet>
  readonly currentContext: () => KoaContextWithOIDC | undefined
  /** Counts a registration. @throws AppError too_many_requests */
  readonly spend: RateLimits['spend']
}

export interface ClientAdapter extends Adapter {
  /** Extends the life of all that is stored of a client, because it is approved or gets tokens. */
  renew(clientId: string): Promise<void>
}

const MAX_KEY_SET_URLS = 1000

export function createClientAdapter(options: ClientAdapterOptions): ClientAdapter {
  const { configured, registrations, documents, keySets, currentContext } = options
  /** The `jwks_uri` of clients that authenticated with it, by client id. */
  const keySetUrls = createBoundedMap<string>(MAX_KEY_SET_URLS)

  function currentEndpoint(): Endpoint | undefined {
    const ctx = currentContext()
    return ctx && endpointOf(ctx)
  }

  async function findMetadata(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const known = configured.get(id)
    if (known) return { ...known }
    if (!isClientIdUrl(id)) return registrations.find(id)
    options.documentPolicy.check(id)
    const endpoint = currentEndpoint()
    const isShownToPerson = endpoint === 'authorization'
    // A sign-in begins here, and the consent page has to show what the client publishes now. Other requests,
    // such as a refresh, do not wait for a fetch while there is a cached document.
    const isBeginning = isShownToPerson || endpoint === 'pushed_authorization_request'
    const staleWhileRevalidate = !isBeginning
    return { ...(await documents.get(id, { staleWhileRevalidate, isShownToPerson })) }
  }

  /**
   * If the request has an assertion, the client comes with the few keys that may verify it: the engine tries
   * every key that fits, and `jwks` may have been stored before keys were limited.
   */
  async function withKeys(id: string, metadata: Readonly<Record<string, unknown>>) {
    const { jwks_uri: jwksUri, jwks, ...rest } = metadata
    const assertion = currentContext()?.oidc.params?.['client_assertion']
    if (typeof assertion !== 'string') return metadata
    if (typeof jwksUri === 'string') keySetUrls.set(id, jwksUri)
    const header = parseHeader(assertion)
    const keySet =
      typeof jwksUri === 'string'
        ? await keySets.get(jwksUri, { isSufficient: (keys) => holdsKey(keys, header.kid) })
        : parseKeySet(jwks)
    return keySet ? { ...rest, jwks: selectKeys(keySet, header) } : metadata
  }

  async function find(id: string): Promise<AdapterPayload | undefined> {
    const metadata = await findMetadata(id)
    return metadata && toPayload(await withKeys(id, metadata))
  }

  return {
    ...createEmptyAdapter('Client'),
    find: (id) => asEngineError(find(id), currentContext()),
    async upsert(id, payload) {
      const metadata = { ...payload }
      if (currentEndpoint() === 'client_update') {
        return asEngineError(registrations.update(id, metadata))
      }
      await asEngineError(options.spend('registration'), currentContext())
      return asEngineError(registrations.save(id, metadata))
    },
    destroy: (id) => asEngineError(registrations.remove(id)),
    async renew(id) {
      if (configured.has(id)) return
      const keySetUrl = keySetUrls.get(id)
      await Promise.all([
        isClientIdUrl(id) ? documents.keep(id) : registrations.renew(id),
        keySetUrl === undefined ? undefined : keySets.keep(keySetUrl),
      ])
    },
  }
}

function parseHeader(assertion: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(assertion)
  } catch {
    // Not a JWT. The engine rejects it next, with an error of its own.
    return {}
  }
}
