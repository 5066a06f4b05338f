// Token exchange (RFC 8693): a resource server gives the token of the person who is calling it, and gets the upstream's
// access token of that person. It authenticates with its own credentials, as a client that can do nothing else.
import { type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import type { ResourceServerConfig } from '../../config/resource-servers.ts'
import type { AccessPolicy, AccessRefusal } from '../../domain/access/access-policy.ts'
import type { RateLimits } from '../../domain/rate-limits.ts'
import type { UpstreamTokenService } from '../../domain/upstream-tokens/create-upstream-tokens.ts'
import { AppError } from '../../errors.ts'
import { isText } from '../../oauth/json-members.ts'
import { resourceUrisOf } from '../../oauth/resource-uri.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { asEngineError } from '../engine-errors.ts'
import { asClientMetadata } from '../internals.ts'
import type { AccessTokens, LiveAccessToken } from './access-tokens.ts'
import { GRANT_REFERENCE_CLAIM } from './token-issuance.ts'

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
/** RFC 8693 §3 */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
] as const

/** For the audit log: who called whom, never what was issued. */
export interface ExchangeEvent {
  readonly resource: string
  /** The client that called the resource server. */
  readonly clientId: unknown
  readonly grant: unknown
}

export interface TokenExchange {
  /** The resource servers that may exchange, as clients of the engine by client id. */
  readonly clients: ReadonlyMap<string, ClientMetadata>
  /** For `registerGrantType`. */
  readonly parameters: readonly string[]
  handle(ctx: KoaContextWithOIDC): Promise<void>
}

/** @returns undefined if no resource server may exchange: the grant type is off */
export function createTokenExchange(options: {
  config: Pick<Config, 'issuer' | 'resourceServers' | 'upstream'>
  accessTokens: AccessTokens
  accessPolicy: AccessPolicy
  upstreamTokens: Pick<UpstreamTokenService, 'issue' | 'scopesOf'>
  countExchange: RateLimits['countExchange']
  /** Where a person connects the resource server: a path and query, without the issuer. */
  connectPath: (resource: string) => string
  onAccessRefused: (ctx: KoaContextWithOIDC, refusal: AccessRefusal) => void
  onExchange: (ctx: KoaContextWithOIDC, event: ExchangeEvent) => void
  onConnectionMissing: (ctx: KoaContextWithOIDC, fault: AppError) => void
  now: () => number
}): TokenExchange | undefined {
  const { config, accessTokens, accessPolicy, upstreamTokens, now } = options
  const servers = new Map(
    config.resourceServers
      .filter(({ upstreamTokens: exchanged }) => exchanged)
      .map((server) => [server.resource, server]),
  )
  if (servers.size === 0) return undefined
  const audiences: readonly unknown[] = [config.upstream.name, config.upstream.issuer]

  function checkParameters(params: Readonly<Record<string, unknown>>): void {
    if (!isText(params['subject_token'])) {
      throw new errors.InvalidRequest('subject_token is required')
    }
    if (params['subject_token_type'] !== ACCESS_TOKEN) {
      throw new errors.InvalidRequest(`subject_token_type must be ${ACCESS_TOKEN}`)
    }
    if (params['actor_token'] !== undefined || params['actor_token_type'] !== undefined) {
      throw new errors.InvalidRequest('actor_token is not supported')
    }
    if (![undefined, ACCESS_TOKEN].includes(params['requested_token_type'] as string | undefined)) {
      throw new errors.InvalidRequest(`requested_token_type must be ${ACCESS_TOKEN}`)
    }
    if (params['resource'] !== undefined || !audiences.includes(params['audience'])) {
      throw new errors.InvalidTarget('audience must be the name of the sign-in service')
    }
  }

  /**
   * The caller's own access token, of a person who may still use it. One that is bound to a key counts without a proof: the
   * caller is its audience and has verified the proof, which was for a request to the caller.
   */
  async function findSubject(
    ctx: KoaContextWithOIDC,
    server: ResourceServerConfig,
    token: unknown,
  ): Promise<LiveAccessToken> {
    const found = isText(token) ? await asEngineError(accessTokens.find(token)) : undefined
    const ours: readonly unknown[] = resourceUrisOf(server)
    if (!found || !ours.includes(found.claims.aud)) {
      throw new errors.InvalidRequest('subject_token is not a valid access token for this caller')
    }
    const { scope, client_id: clientId, [GRANT_REFERENCE_CLAIM]: grant } = found.claims
    const scopes = parseScope(isText(scope) ? scope : undefined)
    const { resource } = server
    const decision = accessPolicy.decide(found.account, resource, scopes)
    if (decision.kind === 'refused') {
      options.onAccessRefused(ctx, {
        sub: found.account.sub,
        rule: decision.rule,
        clientId: String(clientId),
        resource,
        grantType: TOKEN_EXCHANGE,
        grant: String(grant),
      })
      throw new errors.InvalidRequest('the access rules refuse the account of subject_token')
    }
    return found
  }

  async function issue(ctx: KoaContextWithOIDC, account: StoredAccount, resource: string) {
    try {
      return await upstreamTokens.issue(account, resource)
    } catch (error) {
      // The caller may retry after any failure of the upstream.
      const isUpstream = error instanceof AppError && error.code === 'upstream_failed'
      const fault = isUpstream ? new AppError('upstream_unavailable', { cause: error }) : error
      return asEngineError(Promise.reject(fault), ctx)
    }
  }

  return {
    parameters: PARAMETERS,
    clients: new Map([...servers.values()].map((server) => [server.resource, toClient(server)])),

    async handle(ctx) {
      const params = ctx.oidc.params ?? {}
      const server = servers.get(ctx.oidc.client?.clientId ?? '')
      // The engine lets only clients with the grant type come here.
      if (!server) throw new errors.UnauthorizedClient()
      const { resource } = server
      checkParameters(params)
      const { claims, account } = await findSubject(ctx, server, params['subject_token'])
      const { sub } = account
      await asEngineError(options.countExchange(resource, sub), ctx)
      const issued = await issue(ctx, account, resource)
      // The upstream may just have said that the person left a group, or that the sign-in has ended.
      if (!issued || issued.isRenewed) await findSubject(ctx, server, params['subject_token'])
      if (!issued) {
        const fault = new AppError('connection_required')
        answerFault(ctx, fault, config.issuer + options.connectPath(resource))
        options.onConnectionMissing(ctx, fault)
        return
      }
      const granted = parseScope(issued.scope)
      const requested = parseScope(isText(params['scope']) ? params['scope'] : undefined)
      if (!requested.every((scope) => granted.includes(scope))) {
        throw new errors.InvalidScope('the person did not grant these scopes', requested.join(' '))
      }
      const { client_id: clientId, [GRANT_REFERENCE_CLAIM]: grant } = claims
      options.onExchange(ctx, { resource, clientId, grant })
      const { accessToken, expiresAtMs, scope } = issued
      ctx.body = {
        access_token: accessToken,
        issued_token_type: ACCESS_TOKEN,
        token_type: 'Bearer',
        ...(expiresAtMs === undefined
          ? {}
          : { expires_in: Math.max(1, Math.floor((expiresAtMs - now()) / 1000)) }),
        scope,
      }
    },
  }
}

/** OpenID Connect Core §3.1.2.6 has the code; the URL is for the person, who is the resource server's to tell. */
function answerFault(ctx: KoaContextWithOIDC, fault: AppError, url: string): void {
  const { status, error, description } = fault
  ctx.status = status
  ctx.body = { error, error_description: description, interaction_uri: url }
}

/** It has no redirect URI, so no authorization request of it can succeed. */
function toClient({ resource, introspectionSecret }: ResourceServerConfig): ClientMetadata {
  return asClientMetadata({
    client_id: resource,
    client_secret: introspectionSecret,
    grant_types: [TOKEN_EXCHANGE],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
  })
}
