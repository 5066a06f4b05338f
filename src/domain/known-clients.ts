// The facts about a client that are known without a request: its origin, and its own statements.
import type { Config } from '../config/load.ts'
import { isClientIdUrl } from '../oauth/client-id-url.ts'
import { isObject, isText } from '../oauth/json-members.ts'
import { parseUrl } from '../oauth/parse-url.ts'
import type { ClientStore } from '../records/client-store.ts'
import type { DocumentStore } from '../records/document-store.ts'

export type ClientOrigin =
  /** The client id is the URL of a metadata document at this host. */
  | { readonly kind: 'document'; readonly host: string }
  /** Dynamic registration: nobody has verified the name. */
  | { readonly kind: 'registered' }
  | { readonly kind: 'configured' }

interface KnownClient {
  /** Any text of any length. */
  readonly name: string | undefined
  /** As the client stated them: check them against the redirect policy. */
  readonly postLogoutRedirectUris: readonly string[]
}

export interface KnownClients {
  originOf(clientId: string): ClientOrigin
  /** Undefined: not stored, or no longer. Fetches nothing: a client by document is known once somebody has used it. */
  find(clientId: string): Promise<KnownClient | undefined>
}

export function createKnownClients(options: {
  config: Pick<Config, 'clients'>
  registrations: Pick<ClientStore, 'find'>
  clientDocuments: Pick<DocumentStore, 'find'>
}): KnownClients {
  const { registrations, clientDocuments } = options
  const configured = new Map(options.config.clients.map((client) => [client.clientId, client]))

  async function findMetadata(clientId: string): Promise<unknown> {
    if (!isClientIdUrl(clientId)) return registrations.find(clientId)
    return (await clientDocuments.find(clientId))?.value
  }

  return {
    originOf(clientId) {
      if (configured.has(clientId)) return { kind: 'configured' }
      if (!isClientIdUrl(clientId)) return { kind: 'registered' }
      return { kind: 'document', host: parseUrl(clientId)?.host ?? '' }
    },
    async find(clientId) {
      const client = configured.get(clientId)
      if (client) {
        return { name: client.clientName, postLogoutRedirectUris: client.postLogoutRedirectUris }
      }
      const metadata = await findMetadata(clientId)
      if (!isObject(metadata)) return undefined
      const { client_name: name, post_logout_redirect_uris: uris } = metadata
      return {
        name: isText(name) ? name : undefined,
        postLogoutRedirectUris: [uris].flat().filter(isText),
      }
    },
  }
}

/** Whether the operator vouches for the addresses of this client: it took a decision of theirs to let it in. */
export function createVouching(
  config: Pick<Config, 'clients' | 'clientDocuments' | 'registration'>,
): (clientId: string) => boolean {
  const configured = new Set(config.clients.map(({ clientId }) => clientId))
  return (clientId) => {
    if (configured.has(clientId)) return true
    if (isClientIdUrl(clientId)) return config.clientDocuments.allowedHosts.length > 0
    return config.registration.mode === 'token'
  }
}
