// What a person has allowed a client at a resource: one record, an entry for each grant that still
// counts for some scope. The rules that it serves are domain/consent.ts and domain/approval.ts.
import type { Records } from './records.ts'

export interface ApprovalKey {
  readonly accountId: string
  readonly clientId: string
  readonly resource: string
}

export interface ApprovalEntry {
  /** Only where it can be asked for again. */
  readonly redirectUri?: string | undefined
  /** By reference. */
  readonly grant: string
  /** Until when (seconds) it counts. */
  readonly expiresAt: number
  readonly scopes: readonly string[]
}

/** Oldest first. */
export type Approval = readonly ApprovalEntry[]

export interface ApprovalStore {
  /** The entries whose time has not ended. */
  find(key: ApprovalKey): Promise<Approval>
  /** Of two changes at once one may be lost: what it allowed is asked again. */
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

  const inTime = (found: unknown): Approval =>
    ((found ?? []) as Approval).filter(({ expiresAt }) => expiresAt > nowSeconds())

  const ttlOf = (approval: Approval) =>
    Math.max(0, ...approval.map(({ expiresAt }) => expiresAt)) - nowSeconds()

  return {
    find: async (key) => inTime(await records.find('Approval', idOf(key))),
    async change(key, change) {
      const id = idOf(key)
      // Most are the first of their key, and need not be read.
      const first = change([])
      if (ttlOf(first) > 0 && (await records.add('Approval', id, first, ttlOf(first)))) return
      const record = await records.open('Approval', id)
      const next = change(inTime(record?.value))
      if (ttlOf(next) <= 0) return
      if (record) await record.replace(next, ttlOf(next))
      else await records.save('Approval', id, next, ttlOf(next))
    },
  }
}
