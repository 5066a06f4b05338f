// /userinfo (OpenID Connect Core §5.3) for our own JWT access tokens, with or without DPoP (RFC 9449).
import type { RouterMiddleware } from '@koa/router'
import type { JWTPayload } from 'jose'
import type { Context } from 'koa'
import type { ReleasedClaims } from '../../domain/access/released-claims.ts'
import { AppError } from '../../errors.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { AccessTokens } from '../../provider/tokens/access-tokens.ts'
import type { DpopProofs } from '../../provider/tokens/dpop-proofs.ts'
import { requestState } from '../request-state.ts'
import { ROUTES } from '../routes.ts'

interface PresentedAccessToken {
  readonly scheme: 'bearer' | 'dpop'
  /** Everything after the scheme, valid or not. */
  readonly token: string
}

export function userinfo(options: {
  accessTokens: AccessTokens
  dpop: DpopProofs
  releasedClaims: Pick<ReleasedClaims, 'select'>
  issuer: string
}): RouterMiddleware {
  const { accessTokens, dpop, issuer } = options

  async function checkBinding(
    ctx: Context,
    presented: PresentedAccessToken,
    { thumbprint, clientId }: TokenClaims,
  ) {
    if (thumbprint === undefined) {
      if (presented.scheme === 'dpop') throw new AppError('invalid_token')
      return
    }
    const proof = ctx.get('DPoP')
    if (presented.scheme !== 'dpop' || proof === '') throw new AppError('dpop_required')
    // Set before the proof is verified: a proof that is rejected may need the nonce.
    ctx.set('DPoP-Nonce', dpop.nonces.next())
    await dpop.verify({
      proof,
      method: ctx.method,
      url: issuer + ROUTES.userinfo.path,
      accessToken: presented.token,
      thumbprint,
      clientId,
    })
  }

  return async function answerUserinfo(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const presented = findPresentedToken(ctx)
    if (!presented) throw new AppError('token_missing')
    const found = await accessTokens.find(presented.token)
    const claims = parseClaims(found?.claims)
    if (!found || !claims) throw new AppError('invalid_token')
    requestState(ctx).clientId = claims.clientId
    await checkBinding(ctx, presented, claims)
    const scopes = parseScope(claims.scope)
    if (!scopes.includes('openid')) throw new AppError('insufficient_scope')
    ctx.body = options.releasedClaims.select(found.account, scopes)
  }
}

interface TokenClaims {
  readonly sub: string
  readonly clientId: string
  readonly scope: string | undefined
  /** `cnf.jkt`: the thumbprint of the key that the token is bound to (RFC 9449 §6.1). */
  readonly thumbprint: string | undefined
}

function parseClaims(payload: JWTPayload | undefined): TokenClaims | undefined {
  const { sub, client_id: clientId, scope, cnf } = payload ?? {}
  if (typeof sub !== 'string' || typeof clientId !== 'string') return undefined
  const { jkt } = (cnf ?? {}) as { jkt?: unknown }
  return {
    sub,
    clientId,
    scope: typeof scope === 'string' ? scope : undefined,
    thumbprint: typeof jkt === 'string' ? jkt : undefined,
  }
}

/** The token of the Authorization header only (RFC 6750 §2.1, RFC 9449 §7.1). */
function findPresentedToken(ctx: Context): PresentedAccessToken | undefined {
  const [, scheme = '', token = ''] =
    /^(Bearer|DPoP)(?: +(.*))?$/is.exec(ctx.get('Authorization')) ?? []
  if (scheme === '') return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token }
}
