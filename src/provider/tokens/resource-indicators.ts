// RFC 8707 for the engine: which resource a request is for, and the format of its tokens (RFC 9068).
import {
  type ResourceServer as EngineResourceServer,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import type { SigningAlg } from '../../crypto/signing-keys.ts'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { isText } from '../../oauth/json-members.ts'
import { describeResource, resourceUrisOf } from '../../oauth/resource-uri.ts'
import { OIDC_SCOPES } from '../../oauth/scopes.ts'
import { endpointOf } from '../internals.ts'
import type { TokenIssuance } from './token-issuance.ts'

const USERINFO_SCOPES = OIDC_SCOPES.filter((scope) => scope !== 'offline_access')

/** The resources that a request with `invalid_target` named, and those that it could have named. Never for an OAuth error. */
export interface Target {
  readonly requested: readonly string[]
  readonly configured: readonly string[]
}

/** A request may name any number of resources. */
const MAX_NAMED = 10

export function findTarget({ oidc }: KoaContextWithOIDC, servers: ResourceServers): Target {
  const named = [oidc.params?.['resource']].flat().filter(isText)
  const configured = servers.all.flatMap(resourceUrisOf)
  return {
    requested: named.slice(0, MAX_NAMED).map(describeResource),
    configured: configured.slice(0, MAX_NAMED),
  }
}

export function createResourceIndicators(options: {
  servers: ResourceServers
  issuance: Pick<TokenIssuance, 'admittedScopes'>
  accessTokenAlg: SigningAlg
}) {
  const { servers, issuance, accessTokenAlg } = options
  return {
    enabled: true,

    /** Called if a request names several resources, or none while there is no default. */
    defaultResource(
      _ctx: KoaContextWithOIDC,
      _client: unknown,
      oneOf?: readonly string[],
    ): string[] {
      if (oneOf) return [...oneOf]
      throw new errors.InvalidTarget(
        'resource is required: name the MCP server that the token is for',
      )
    },

    // A token request without `resource`, which some clients omit, gets the authorized resource.
    useGrantedResource: () => true,

    getResourceServerInfo(ctx: KoaContextWithOIDC, resource: string): EngineResourceServer {
      const server = servers.find(resource)
      if (!server)
        throw new errors.InvalidTarget('resource is not one that this server issues tokens for')
      if (Array.isArray(ctx.oidc.params?.['resource'])) {
        throw new errors.InvalidTarget('name one resource: a token is for one MCP server')
      }
      // With OpenID Connect scopes, because /userinfo accepts these tokens.
      const scopes = [...USERINFO_SCOPES, ...Object.keys(server.scopes)]
      // The engine intersects them with those of the grant and of the request.
      const admitted = endpointOf(ctx) === 'token' ? issuance.admittedScopes(ctx) : undefined
      return {
        audience: server.resource,
        scope: scopes.filter((scope) => admitted?.has(scope) ?? true).join(' '),
        accessTokenFormat: 'jwt',
        accessTokenTTL: server.accessTokenSeconds,
        jwt: { sign: { alg: accessTokenAlg } },
      }
    },
  }
}
