// The ways from what the upstream calls a person or a session to the account: written at sign-ins, and only where the
// configuration says that somebody may use them (domain/access/upstream-events.ts).
import { changeRecord } from '../change-record.ts'
import type { Records } from '../records.ts'

export interface PersonIndex {
  /** @param sid the upstream's session id */
  saveSession(sid: string, sub: string): Promise<void>
  findSession(sid: string): Promise<string | undefined>
  /** @param email in the form that it is looked up by */
  saveEmail(email: string, sub: string): Promise<void>
  /** Accounts that had this address at some time; whether they still have it says the account. */
  findEmail(email: string): Promise<readonly string[]>
}

/** People to whom one address belonged, one after another. */
const MAX_SUBJECTS = 10

/** @param options.ttlSeconds as long as an account lives */
export function createPersonIndex(options: { records: Records; ttlSeconds: number }): PersonIndex {
  const { records, ttlSeconds } = options
  return {
    saveSession: (sid, sub) => records.save('UpstreamSession', sid, { sub }, ttlSeconds),
    findSession: async (sid) => (await records.find('UpstreamSession', sid))?.sub,
    async saveEmail(email, sub) {
      await changeRecord(
        records,
        { kind: 'AccountEmail', id: email, ttlOf: () => ttlSeconds },
        (known) => {
          const others = (known?.subs ?? []).filter((other) => other !== sub)
          return { subs: [...others, sub].slice(-MAX_SUBJECTS) }
        },
      )
    },
    findEmail: async (email) => (await records.find('AccountEmail', email))?.subs ?? [],
  }
}
