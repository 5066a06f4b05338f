// RFC 8707 for the engine: which resource a request is for, and the format of its tokens (RFC 9068).
import {
  type ResourceServer as EngineResourceServer,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import type { SigningAlg } from '../../crypto/signing-keys.ts'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { OIDC_SCOPES } from '../../oauth/scopes.ts'

const USERINFO_SCOPES = OIDC_SCOPES.filter((scope) => scope !== 'offline_access')

export function createResourceIndicators(options: {
  servers: ResourceServers
  accessTokenAlg: SigningAlg
}) {
  const { servers, accessTokenAlg } = options
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
      return {
        audience: server.resource,
        // With OpenID Connect scopes, because /userinfo accepts these tokens.
        scope: [...USERINFO_SCOPES, ...Object.keys(server.scopes)].join(' '),
        accessTokenFormat: 'jwt',
        accessTokenTTL: server.accessTokenSeconds,
        jwt: { sign: { alg: accessTokenAlg } },
      }
    },
  }
}
