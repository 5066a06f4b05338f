// /userinfo (OpenID Connect Core §5.3) for our own JWT access tokens.
import type { RouterMiddleware } from '@koa/router'
import { type Accounts, selectClaims } from '../domain/account.ts'
import { parseScope } from '../domain/scopes.ts'
import { AppError } from '../errors.ts'
import type { AccessTokens } from '../provider/access-tokens.ts'
import { findBearerToken } from './bearer-token.ts'
import { requestState } from './request-log.ts'

export function userinfo(options: {
  accessTokens: AccessTokens
  accounts: Pick<Accounts, 'find'>
}): RouterMiddleware {
  const { accessTokens, accounts } = options
  return async function answerUserinfo(ctx) {
    ctx.set('Cache-Control', 'no-store')
    const token = findBearerToken(ctx)
    if (token === undefined) throw new AppError('token_missing')
    const claims = await accessTokens.find(token)
    if (!claims) throw new AppError('invalid_token')
    requestState(ctx).clientId = String(claims['client_id'])
    const scopes = parseScope(typeof claims['scope'] === 'string' ? claims['scope'] : undefined)
    if (!scopes.includes('openid')) throw new AppError('insufficient_scope')
    const account = await accounts.find(String(claims.sub))
    if (!account) throw new AppError('invalid_token')
    ctx.body = selectClaims(account, scopes)
  }
}
