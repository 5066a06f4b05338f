// Clients for the engine, from wherever they are known: the configuration, their metadata document, or
// a registration. It gets them with everything in them, so that it fetches nothing itself.
import { decodeProtectedHeader } from 'jose'
import type { Adapter, AdapterPayload, ClientMetadata, KoaContextWithOIDC } from 'oidc-provider'
import type { RemoteCopies } from '../../domain/document-cache.ts'
import type { DocumentPolicy } from '../../domain/document-policy.ts'
import { isClientIdUrl } from '../../oauth/client-id-url.ts'
import { holdsKey, type KeySet } from '../../oauth/key-set.ts'
import type { ClientStore } from '../../records/client-store.ts'
import { createEmptyAdapter } from '../adapters/record-adapter.ts'
import { asEngineError } from '../engine-errors.ts'

export interface ClientAdapterOptions {
  /** By client id. */
  readonly configured: ReadonlyMap<string, ClientMetadata>
  readonly clients: ClientStore
  readonly documentPolicy: DocumentPolicy
  readonly documents: RemoteCopies<ClientMetadata>
  readonly keySets: RemoteCopies<KeySet>
  readonly currentContext: () => KoaContextWithOIDC | undefined
}

/** Where a sign-in begins: what the client publishes now is what a person will be shown. */
const BEGINNINGS = ['authorization', 'pushed_authorization_request']

export function createClientAdapter(options: ClientAdapterOptions): Adapter {
  const { configured, clients, documents, keySets, currentContext } = options

  async function findMetadata(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const known = configured.get(id)
    if (known) return { ...known }
    if (!isClientIdUrl(id)) return clients.find(id)
    options.documentPolicy.check(id)
    const route = currentContext()?.oidc.route
    // A client that refreshes does not wait for what is published now.
    const mayBeStale = route === undefined || !BEGINNINGS.includes(route)
    // A client that is told invalid_client of passing trouble throws away what it has.
    const isTold = route === 'authorization'
    return { ...(await documents.find(id, { mayBeStale, isTold })) }
  }

  /** The keys in the place of their address, when there is an assertion to verify. */
  async function withKeys(metadata: Readonly<Record<string, unknown>>) {
    const { jwks_uri: jwksUri, ...rest } = metadata
    const assertion = currentContext()?.oidc.params?.['client_assertion']
    if (typeof jwksUri !== 'string' || typeof assertion !== 'string') return metadata
    const kid = readKeyId(assertion)
    const jwks = await keySets.find(jwksUri, { isEnough: (keys) => holdsKey(keys, kid) })
    return { ...rest, jwks }
  }

  async function find(id: string): Promise<AdapterPayload | undefined> {
    const metadata = await findMetadata(id)
    return metadata && ((await withKeys(metadata)) as AdapterPayload)
  }

  return {
    ...createEmptyAdapter('Client'),
    find: (id) => asEngineError(find(id), currentContext()),
    upsert(id, payload) {
      const isUpdate = currentContext()?.oidc.route === 'client_update'
      return asEngineError(clients[isUpdate ? 'update' : 'save'](id, { ...payload }))
    },
    destroy: (id) => asEngineError(clients.remove(id)),
  }
}

function readKeyId(assertion: string): string | undefined {
  try {
    return decodeProtectedHeader(assertion).kid
  } catch {
    // The engine refuses it, in its own words.
    return undefined
  }
}
