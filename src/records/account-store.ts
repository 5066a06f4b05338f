// The account: all that this server remembers of a person between sign-ins.
import type { StoredAccount } from './record-values.ts'
import type { Records } from './records.ts'

export interface AccountStore {
  find(sub: string): Promise<StoredAccount | undefined>
  save(account: StoredAccount): Promise<void>
  /** Extends the account's lifetime and changes nothing else; undefined if there is none. */
  renew(sub: string): Promise<StoredAccount | undefined>
}

/** @param options.ttlSeconds longer than any grant of the account: each sign-in and approval renews it */
export function createAccountStore(options: {
  records: Records
  ttlSeconds: number
}): AccountStore {
  const { records, ttlSeconds } = options
  return {
    find: async (sub) => (await records.open('Account', sub, () => ttlSeconds))?.value,
    save: (account) => records.save('Account', account.sub, account, ttlSeconds),
    async renew(sub) {
      const record = await records.open('Account', sub)
      // If this fails, a sign-in has just written newer claims, with a lifetime as long.
      await record?.replace(record.value, ttlSeconds)
      return record?.value
    },
  }
}
