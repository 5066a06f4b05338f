// A person as the upstream knows them. The subject is the upstream's, the same at every login.
import type { AccountStore, StoredAccount } from '../records/account-store.ts'
import type { Identity } from '../upstream/identity.ts'

/** Which claims a scope opens (OpenID Connect Core §5.4); `sub` goes with `openid`. */
export const CLAIMS_BY_SCOPE: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
}

export interface Accounts {
  find(sub: string): Promise<StoredAccount | undefined>
  /** Keeps what one login said; returns the account. */
  remember(identity: Identity): Promise<StoredAccount>
  /** Keeps a known account for as long as a grant made now may live. Undefined: it is not known. */
  renew(sub: string): Promise<StoredAccount | undefined>
}

export function createAccounts({ accounts }: { accounts: AccountStore }): Accounts {
  return {
    find: (sub) => accounts.find(sub),
    async remember({ sub, claims }) {
      const account = { sub, claims }
      await accounts.save(account)
      return account
    },
    renew: (sub) => accounts.renew(sub),
  }
}

/** The claims that the scopes open, `sub` included. */
export function selectClaims(
  account: StoredAccount,
  scopes: readonly string[],
): Record<string, unknown> {
  const names = scopes.flatMap((scope) => CLAIMS_BY_SCOPE[scope] ?? [])
  const open = names
    .filter((name) => Object.hasOwn(account.claims, name))
    .map((name) => [name, account.claims[name]])
  return { ...Object.fromEntries(open), sub: account.sub }
}

/** What to call the person on a page. */
export function labelAccount(account: StoredAccount): string {
  const { email, name } = account.claims
  if (typeof name === 'string' && typeof email === 'string') return `${name} (${email})`
  return String(email ?? name ?? account.sub)
}
