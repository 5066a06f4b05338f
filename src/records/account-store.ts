// What we remember of a person between logins: the subject and the claims of the last one.
import type { Records } from './records.ts'

export interface StoredAccount {
  readonly sub: string
  /** OpenID Connect claims for the ID token and /userinfo, by their standard names. */
  readonly claims: Readonly<Record<string, unknown>>
}

export interface AccountStore {
  find(sub: string): Promise<StoredAccount | undefined>
  save(account: StoredAccount): Promise<void>
  /** Makes it live on, as it is; undefined: there is none. */
  renew(sub: string): Promise<StoredAccount | undefined>
}

/** @param ttlSeconds longer than any grant of the account: every login and approval renews it. */
export function createAccountStore(options: {
  records: Records
  ttlSeconds: number
}): AccountStore {
  const { records, ttlSeconds } = options
  return {
    find: async (sub) => (await records.find('Account', sub)) as StoredAccount | undefined,
    save: (account) => records.save('Account', account.sub, account, ttlSeconds),
    async renew(sub) {
      const record = await records.open('Account', sub)
      const account = record?.value as StoredAccount | undefined
      // Else a login has just written what it says now, for as long.
      await record?.replace(account, ttlSeconds)
      return account
    },
  }
}
