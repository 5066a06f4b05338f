// /userinfo (OpenID Connect Core §5.3) for our own JWT access tokens, bound to a key (RFC 9449) or not.
import type { RouterMiddleware } from '@koa/router'
import type { JWTPayload } from 'jose'
import type { Context } from 'koa'
import { type Accounts, selectClaims } from '../../domain/account.ts'
import { AppError } from '../../errors.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { AccessTokens } from '../../provider/tokens/access-tokens.ts'
import type { DpopProofs } from '../../provider/tokens/dpop-proofs.ts'
import { requestState } from '../request-state.ts'
import { ROUTES } from '../routes.ts'

interface PresentedAccessToken {
  readonly scheme: 'bearer' | 'dpop'
  /** Everything after the scheme, well formed or not. */
  readonly token: string
}

export function userinfo(options: {
  accessTokens: AccessTokens
  accounts: Pick<Accounts, 'find'>
  dpop: DpopProofs
  issuer: string
}): RouterMiddleware {
  const { accessTokens, accounts, dpop, issuer } = options

  async function checkBinding(ctx: Context, presented: PresentedAccessToken, claims: JWTPayload) {
    const { cnf } = claims as { cnf?: { jkt?: unknown } }
    if (typeof cnf?.jkt !== 'string') {
      if (presented.scheme === 'dpop') throw new AppError('invalid_token')
      return
    }
    const proof = ctx.get('DPoP')
    if (presented.scheme !== 'dpop' || proof === '') throw new AppError('dpop_required')
    // Set before the proof is looked at, since a refusal may ask for it.
    ctx.set('DPoP-Nonce', dpop.nonces.next())
    await dpop.verify({
      proof,
      method: ctx.method,
      url: issuer + ROUTES.userinfo.path,
      accessToken: presented.token,
      thumbprint: cnf.jkt,
      clientId: String(claims['client_id']),
    })
  }

  return async function answerUserinfo(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const presented = findPresentedToken(ctx)
    if (!presented) throw new AppError('token_missing')
    const claims = await accessTokens.find(presented.token)
    if (!claims) throw new AppError('invalid_token')
    requestState(ctx).clientId = String(claims['client_id'])
    await checkBinding(ctx, presented, claims)
    const scopes = parseScope(typeof claims['scope'] === 'string' ? claims['scope'] : undefined)
    if (!scopes.includes('openid')) throw new AppError('insufficient_scope')
    const account = await accounts.find(String(claims.sub))
    if (!account) throw new AppError('invalid_token')
    ctx.body = selectClaims(account, scopes)
  }
}

/** From the Authorization header only (RFC 6750 §2.1, RFC 9449 §7.1); undefined if there is none. */
function findPresentedToken(ctx: Context): PresentedAccessToken | undefined {
  const [, scheme = '', token = ''] =
    /^(Bearer|DPoP)(?: +(.*))?$/i.exec(ctx.get('Authorization')) ?? []
  if (scheme === '') return undefined
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token }
}
