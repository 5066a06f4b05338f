// The MCP servers that tokens are for (RFC 8707): matching what a client asks for to what the operator
// configured, and the scopes that each one knows.

import type { LocalisedLine } from '../config/language.ts'
import { canonicalResourceKey } from '../oauth/resource-uri.ts'

export interface ResourceServer {
  /** As the operator wrote it; the `aud` of its tokens. */
  readonly resource: string
  readonly name: string
  /** Scope → one line for people. */
  readonly scopes: Readonly<Record<string, LocalisedLine>>
  readonly defaultScopes: readonly string[]
  readonly accessTokenSeconds: number
}

export interface ResourceServers {
  /** The server that `uri` names; case of scheme and host and one trailing slash are forgiven. */
  find(uri: string): ResourceServer | undefined
  /** For a request that names none. */
  readonly default: ResourceServer | undefined
  readonly all: readonly ResourceServer[]
}

export function createResourceServers(options: {
  resourceServers: readonly ResourceServer[]
  defaultResource: string | undefined
}): ResourceServers {
  const byKey = new Map<string, ResourceServer>()
  for (const server of options.resourceServers) {
    const key = canonicalResourceKey(server.resource)
    if (key !== undefined) byKey.set(key, server)
  }
  const find = (uri: string) => byKey.get(canonicalResourceKey(uri) ?? '')
  return {
    find,
    default: options.defaultResource === undefined ? undefined : find(options.defaultResource),
    all: [...options.resourceServers],
  }
}
