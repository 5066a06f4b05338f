// The account of a token, read while the engine reads the token's grant: two commands in one round trip.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Accounts } from '../../domain/account.ts'
import type { StoredAccount } from '../../records/record-values.ts'

export interface AccountLookup {
  /** Begins to read the account that this request's token names. */
  begin(sub: unknown): void
  /** @throws AppError store_unavailable */
  find(sub: string): Promise<StoredAccount | undefined>
}

export function createAccountLookup(options: {
  accounts: Pick<Accounts, 'find'>
  currentContext: () => KoaContextWithOIDC | undefined
}): AccountLookup {
  const { accounts, currentContext } = options
  const begun = new WeakMap<object, { sub: string; account: Promise<StoredAccount | undefined> }>()
  return {
    begin(sub) {
      const ctx = currentContext()
      if (!ctx || typeof sub !== 'string') return
      const account = accounts.find(sub)
      // If the request fails before it needs the account, nobody waits for this.
      account.catch(() => {})
      begun.set(ctx, { sub, account })
    },
    find(sub) {
      const known = begun.get(currentContext() ?? {})
      return known?.sub === sub ? known.account : accounts.find(sub)
    },
  }
}
