// Before a refresh token is redeemed: the upstream may have to be asked about its account (domain/upstream-tokens).
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Revalidation } from '../../domain/upstream-tokens/revalidation.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { asEngineError } from '../engine-errors.ts'

/** @returns the account as it is now; whatever it throws, the refresh token is not used up */
export type RevalidateAccount = (
  ctx: KoaContextWithOIDC,
  account: StoredAccount,
  redeemed: { readonly resource: string | readonly string[] | undefined },
) => Promise<StoredAccount>

export function createAccountRevalidation(options: {
  revalidation: Revalidation
}): RevalidateAccount {
  return async (ctx, account, { resource: granted }) => {
    if (ctx.oidc.params?.['grant_type'] !== 'refresh_token') return account
    const [resource = ''] = [granted].flat()
    const answer = await asEngineError(options.revalidation.check(account, resource), ctx)
    switch (answer.kind) {
      case 'live':
        return answer.account
      case 'ended':
        throw new errors.InvalidGrant('the upstream ended the access of the account')
      case 'unverified':
        throw new errors.InvalidGrant('the account was not confirmed by the upstream for too long')
    }
  }
}
