// The account: all that this server remembers of a person between sign-ins.
import { changeRecord } from '../change-record.ts'
import type { StoredAccount } from '../record-values.ts'
import type { Records } from '../records.ts'

export interface AccountStore {
  find(sub: string): Promise<StoredAccount | undefined>
  /**
   * Compare and set, with a new lifetime: nobody else's change is undone.
   * @param change gets the account as it is, undefined if there is none; called again if another request was faster.
   * If it returns undefined, nothing is written
   */
  change<Next extends StoredAccount | undefined>(
    sub: string,
    change: (known: StoredAccount | undefined) => Next,
  ): Promise<StoredAccount | Extract<Next, undefined>>
  /** Extends the account's lifetime and changes nothing else; undefined if there is none. */
  renew(sub: string): Promise<StoredAccount | undefined>
}

/** A disabled account outlives the time after which the server forgets people who stay away. */
const DISABLED_SECONDS = 3650 * 24 * 60 * 60

/** @param options.ttlSeconds longer than any grant or session of the account: each sign-in and approval renews it */
export function createAccountStore(options: {
  records: Records
  ttlSeconds: number
}): AccountStore {
  const { records, ttlSeconds } = options
  const ttlOf = ({ disabledAt }: StoredAccount) =>
    disabledAt === undefined ? ttlSeconds : DISABLED_SECONDS
  return {
    find: async (sub) => (await records.open('Account', sub, ttlOf))?.value,
    change: (sub, change) => changeRecord(records, { kind: 'Account', id: sub, ttlOf }, change),
    async renew(sub) {
      const record = await records.open('Account', sub)
      // If this fails, another request has just written it, with a lifetime as long.
      await record?.replace(record.value, ttlOf(record.value))
      return record?.value
    },
  }
}
