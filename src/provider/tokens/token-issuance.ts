// The one path of every access token, whatever the grant type: client → resource → access policy → scopes → DPoP → audit
// event → token. A grant type that does not ask `admit` cannot issue a token. The engine asks when it looks up the account
// of the code or refresh token that it redeems; a grant type of ours asks itself.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { AccessPolicy, AccessRefusal } from '../../domain/access/access-policy.ts'
import type { ReleasedClaims } from '../../domain/access/released-claims.ts'
import type { ResourceServer, ResourceServers } from '../../domain/resource-server.ts'
import { isText } from '../../oauth/json-members.ts'
import { parseScope } from '../../oauth/scopes.ts'
import { referToGrant } from '../../records/grant-store.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { requireText } from '../internals.ts'

/** The claim that names the token's grant, so that /userinfo and /introspect know when it was revoked. */
export const GRANT_REFERENCE_CLAIM = 'grant_ref'

/** The thing that a request redeems: a code, a refresh token, or the input of a grant type of ours. */
interface TokenSource {
  readonly grantId: string
  /** The resources that were granted; the token is for the one that the request names, or the only one. */
  readonly resource: string | readonly string[] | undefined
  /** The scopes that were granted. */
  readonly scopes: readonly string[]
}

/** For the audit log. */
export interface TokenEvent {
  readonly grantType: string
  readonly clientId: string | undefined
  readonly resource: string
  /** The reference to the grant that access tokens carry. */
  readonly grant: string
}

interface Admission {
  readonly account: StoredAccount
  readonly server: ResourceServer
  readonly scopes: ReadonlySet<string>
  readonly event: TokenEvent
}

/** The members of an access token that are checked before it is signed. */
interface IssuedToken {
  readonly accountId?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly scope?: string | undefined
  readonly grantId?: string | undefined
  readonly jkt?: string | undefined
}

export interface TokenIssuance {
  /**
   * Call with the current account before the source is used up or anything is written.
   * @throws errors.UnauthorizedClient, errors.InvalidTarget, errors.InvalidScope; errors.InvalidGrant after the
   *   grant has ended, because the account may no longer use this resource
   */
  admit(ctx: KoaContextWithOIDC, account: StoredAccount, source: TokenSource): Promise<void>
  /** The scopes that the token of this request may have. @throws Error if the request was not admitted */
  admittedScopes(ctx: KoaContextWithOIDC): ReadonlySet<string>
  /** The last step before a token is signed: the claims beyond RFC 9068. @throws Error if it is not what was admitted */
  complete(ctx: KoaContextWithOIDC, token: IssuedToken): Record<string, unknown>
}

export function createTokenIssuance(options: {
  accessPolicy: AccessPolicy
  servers: ResourceServers
  releasedClaims: Pick<ReleasedClaims, 'selectForToken'>
  /** @param isEverywhere whether the account may use no MCP server at all any more */
  endAccess: (source: {
    account: StoredAccount
    grantId: string
    isEverywhere: boolean
  }) => Promise<void>
  onTokenIssued: (ctx: KoaContextWithOIDC, event: TokenEvent) => void
  onAccessRefused: (ctx: KoaContextWithOIDC, refusal: AccessRefusal) => void
}): TokenIssuance {
  const { accessPolicy, servers } = options
  const admissions = new WeakMap<object, Admission>()

  /** RFC 8707 §2.2. provider/authorization/canonical-request.ts has rewritten `resource` as it is configured. */
  function findServer({ oidc }: KoaContextWithOIDC, source: TokenSource): ResourceServer {
    const granted = [source.resource].flat()
    const requested = oidc.params?.['resource'] ?? (granted.length === 1 ? granted[0] : undefined)
    if (!isText(requested) || !granted.includes(requested)) throw new errors.InvalidTarget()
    const server = servers.find(requested)
    if (server) return server
    throw new errors.InvalidTarget('resource is not one that this server issues tokens for')
  }

  function getAdmission(ctx: KoaContextWithOIDC): Admission {
    const admission = admissions.get(ctx)
    if (admission) return admission
    throw new Error('a grant type asked for a token that was not admitted')
  }

  return {
    async admit(ctx, account, source) {
      const { client, params } = ctx.oidc
      const grantType = requireText(params?.['grant_type'], 'grant_type')
      if (!client?.grantTypeAllowed(grantType)) throw new errors.UnauthorizedClient()
      const server = findServer(ctx, source)
      const { resource } = server
      const { grantId } = source
      const grant = referToGrant(grantId)
      const event = { grantType, clientId: client.clientId, resource, grant }
      const decision = accessPolicy.decide(account, resource, source.scopes)
      if (decision.kind === 'refused') {
        options.onAccessRefused(ctx, { ...event, sub: account.sub, rule: decision.rule })
        const isEverywhere = accessPolicy.allowsNothing(account)
        await options.endAccess({ account, grantId, isEverywhere })
        throw new errors.InvalidGrant('the access rules refuse the account')
      }
      // RFC 6749 §6: a refresh may ask for fewer scopes.
      const requested = parseScope(isText(params?.['scope']) ? params['scope'] : undefined)
      const scopes = decision.scopes.filter(
        (scope) => requested.length === 0 || requested.includes(scope),
      )
      if (requested.length > 0 && scopes.length === 0) {
        throw new errors.InvalidScope(
          'none of the requested scopes may be granted',
          requested.join(' '),
        )
      }
      admissions.set(ctx, { account, server, scopes: new Set(scopes), event })
    },

    admittedScopes: (ctx) => getAdmission(ctx).scopes,

    complete(ctx, token) {
      const { account, server, scopes, event } = getAdmission(ctx)
      const isAdmitted =
        token.accountId === account.sub &&
        token.aud === server.resource &&
        parseScope(token.scope).every((scope) => scopes.has(scope)) &&
        token.grantId !== undefined &&
        referToGrant(token.grantId) === event.grant
      if (!isAdmitted) throw new Error('a token differs from what was admitted')
      // RFC 9449 §5.2
      if (ctx.oidc.client?.dpopBoundAccessTokens === true && token.jkt === undefined) {
        throw new Error('a client that always uses DPoP would get a bearer token')
      }
      const released = options.releasedClaims.selectForToken(account, server.tokenClaims)
      options.onTokenIssued(ctx, event)
      return { ...released, [GRANT_REFERENCE_CLAIM]: event.grant }
    },
  }
}
