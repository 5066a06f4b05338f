// The account: all that this server remembers of a person between sign-ins.
import { AppError } from '../errors.ts'
import type { StoredAccount } from './record-values.ts'
import type { Records } from './records.ts'

export interface AccountStore {
  find(sub: string): Promise<StoredAccount | undefined>
  /**
   * Compare and set, with a new lifetime: nobody else's change is undone.
   * @param change gets the account as it is, undefined if there is none; called again if another request was faster
   */
  change(
    sub: string,
    change: (known: StoredAccount | undefined) => StoredAccount,
  ): Promise<StoredAccount>
  /** Extends the account's lifetime and changes nothing else; undefined if there is none. */
  renew(sub: string): Promise<StoredAccount | undefined>
}

/** Of many requests that change one account at once, each attempt lets one succeed. */
const ATTEMPTS = 100

/** @param options.ttlSeconds longer than any grant of the account: each sign-in and approval renews it */
export function createAccountStore(options: {
  records: Records
  ttlSeconds: number
}): AccountStore {
  const { records, ttlSeconds } = options
  return {
    find: async (sub) => (await records.open('Account', sub, () => ttlSeconds))?.value,
    async change(sub, change) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const record = await records.open('Account', sub)
        const next = change(record?.value)
        const written = record
          ? await record.replace(next, ttlSeconds)
          : await records.add('Account', sub, next, ttlSeconds)
        if (written) return written.value
      }
      const cause = new Error('an account changed each time it was about to be written')
      throw new AppError('store_unavailable', { cause })
    },
    async renew(sub) {
      const record = await records.open('Account', sub)
      // If this fails, a sign-in has just written newer claims, with a lifetime as long.
      await record?.replace(record.value, ttlSeconds)
      return record?.value
    },
  }
}
