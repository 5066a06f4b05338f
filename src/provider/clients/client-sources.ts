// Wires where clients come from: the configuration, registrations, and what they publish.
import type { Adapter, KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import { createRemoteCopies } from '../../domain/document-cache.ts'
import { createDocumentPolicy } from '../../domain/document-policy.ts'
import type { AppError } from '../../errors.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import type { GuardedFetch } from '../../outbound/guarded-fetch.ts'
import { createJsonFetch } from '../../outbound/json-fetch.ts'
import type { ClientStore } from '../../records/client-store.ts'
import { createCopyStore } from '../../records/document-store.ts'
import type { Records } from '../../records/records.ts'
import { createClientAdapter } from './client-adapter.ts'
import { DOCUMENT_WORDING, readClientDocument } from './client-document.ts'
import { KEY_SET_WORDING, readKeySet } from './client-keys.ts'
import { describeConfiguredClient } from './registration.ts'

const KIB = 1024
const DOCUMENT_MAX_BYTES = 5 * KIB // draft-ietf-oauth-client-id-metadata-document §6.6
const KEY_SET_MAX_BYTES = 64 * KIB
/** A key that its owner has taken out must not verify for much longer. */
const KEY_SET_MAX_FRESH_SECONDS = 60 * 60

export function createClientSources(options: {
  config: Config
  records: Records
  clients: ClientStore
  redirectPolicy: RedirectPolicy
  fetch: GuardedFetch
  now: () => number
  currentContext: () => KoaContextWithOIDC | undefined
  /** A document or key set could not be renewed; a copy of it may still serve. */
  onFailure: (url: string, fault: AppError) => void
}): Adapter {
  const { config, records, redirectPolicy, fetch, now, onFailure } = options
  const bounds = config.clientDocuments
  const timeoutMs = config.outbound.timeoutSeconds * 1000
  const shared = { now, onFailure }
  const documents = createRemoteCopies({
    ...shared,
    copies: createCopyStore({ records, kind: 'ClientDocument' }),
    fetch: createJsonFetch({ fetch, maxBytes: DOCUMENT_MAX_BYTES, timeoutMs }),
    read: (url, document) => readClientDocument(url, document, redirectPolicy),
    wording: DOCUMENT_WORDING,
    bounds,
  })
  const keySets = createRemoteCopies({
    ...shared,
    copies: createCopyStore({ records, kind: 'ClientKeySet' }),
    fetch: createJsonFetch({ fetch, maxBytes: KEY_SET_MAX_BYTES, timeoutMs }),
    read: readKeySet,
    wording: KEY_SET_WORDING,
    bounds: {
      ...bounds,
      maxFreshSeconds: Math.min(bounds.maxFreshSeconds, KEY_SET_MAX_FRESH_SECONDS),
    },
  })
  const configured = new Map(
    config.clients.map((client) => [
      client.clientId,
      describeConfiguredClient(client, redirectPolicy),
    ]),
  )
  return createClientAdapter({
    configured,
    clients: options.clients,
    documentPolicy: createDocumentPolicy(config.clientDocuments),
    documents,
    keySets,
    currentContext: options.currentContext,
  })
}
