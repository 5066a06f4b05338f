// The approvals of an account for a client at a resource: one record, with an entry for each grant that
// still counts for some scope. The rules are domain/consent.ts and domain/approval.ts.
import type { Approval } from './record-values.ts'
import type { Records } from './records.ts'

interface ApprovalKey {
  readonly accountId: string
  readonly clientId: string
  readonly resource: string
}

export interface ApprovalStore {
  /** The entries that have not expired. */
  find(key: ApprovalKey): Promise<Approval>
  /** Of two changes at once, one may be lost: its scopes are then asked for again. */
  change(key: ApprovalKey, change: (before: Approval) => Approval): Promise<void>
}

const idOf = ({ accountId, clientId, resource }: ApprovalKey) =>
  JSON.stringify([accountId, clientId, resource])

export function createApprovalStore(options: {
  records: Records
  now: () => number
}): ApprovalStore {
  const { records, now } = options
  const nowSeconds = () => Math.floor(now() / 1000)

  const withoutExpired = (approval: Approval): Approval =>
    approval.filter(({ expiresAt }) => expiresAt > nowSeconds())

  const ttlOf = (approval: Approval) =>
    Math.max(0, ...approval.map(({ expiresAt }) => expiresAt)) - nowSeconds()

  return {
    find: async (key) => withoutExpired((await records.find('Approval', idOf(key))) ?? []),
    async change(key, change) {
      const id = idOf(key)
      // Most approvals are the first of their key, and cost no read this way.
      const first = change([])
      if (ttlOf(first) > 0 && (await records.add('Approval', id, first, ttlOf(first)))) return
      const record = await records.open('Approval', id)
      const next = change(withoutExpired(record?.value ?? []))
      if (ttlOf(next) <= 0) return
      if (record) await record.replace(next, ttlOf(next))
      else await records.save('Approval', id, next, ttlOf(next))
    },
  }
}
