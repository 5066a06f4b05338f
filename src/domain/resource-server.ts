// The MCP servers that tokens are for (RFC 8707): which of them a client's `resource` names.

import type { ScopeText } from '../config/consent/scope-text.ts'
import { canonicalResourceKey, resourceUrisOf } from '../oauth/resource-uri.ts'

export interface ResourceServer {
  /** As the operator wrote it; the `aud` of its tokens. */
  readonly resource: string
  /** Other URIs that clients name it by. */
  readonly aliases: readonly string[]
  readonly name: string
  /** Scope → one line for people, and its risk. */
  readonly scopes: Readonly<Record<string, ScopeText>>
  readonly defaultScopes: readonly string[]
  readonly accessTokenSeconds: number
  /** Claims about the person in its access tokens. */
  readonly tokenClaims: readonly string[]
}

export interface ResourceServers {
  /**
   * The server that `uri` names, ignoring the case of scheme and host and one trailing slash. If it is an alias, the
   * server has that alias as `resource`, and everything else is the same.
   */
  find(uri: string): ResourceServer | undefined
  /** For requests of this client that name no resource. Undefined: the client must name one. */
  findDefault(clientId: string | undefined): ResourceServer | undefined
  readonly all: readonly ResourceServer[]
}

export function createResourceServers(options: {
  resourceServers: readonly ResourceServer[]
  defaultResource: string | undefined
  /** The configured ones, each with a default of its own or none. */
  clients: readonly { readonly clientId: string; readonly defaultResource: string | undefined }[]
}): ResourceServers {
  const byKey = new Map<string, ResourceServer>()
  for (const server of options.resourceServers) {
    for (const resource of resourceUrisOf(server)) {
      const key = canonicalResourceKey(resource)
      if (key !== undefined) byKey.set(key, { ...server, resource })
    }
  }
  function find(uri: string): ResourceServer | undefined {
    const key = canonicalResourceKey(uri)
    return key === undefined ? undefined : byKey.get(key)
  }
  const defaults = new Map(
    options.clients.map(({ clientId, defaultResource }) => [clientId, defaultResource]),
  )
  return {
    find,
    findDefault(clientId) {
      const resource = defaults.get(clientId ?? '') ?? options.defaultResource
      return resource === undefined ? undefined : find(resource)
    },
    all: [...options.resourceServers],
  }
}
