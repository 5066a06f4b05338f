// What a person has allowed a client, scope by scope: at a resource, and there for one redirect URI.
// The rules that it serves are domain/consent.ts.
import type { Records } from './records.ts'

export interface ApprovalKey {
  readonly accountId: string
  readonly clientId: string
  readonly resource: string
  /** Undefined: whatever it was. */
  readonly redirectUri: string | undefined
}

/** Scope → the grant that holds it, by reference, and until when (seconds) it counts. */
export type Approval = Readonly<
  Record<string, { readonly grant: string; readonly expiresAt: number }>
>

export interface ApprovalStore {
  find(key: ApprovalKey): Promise<Approval | undefined>
  /** Of two changes at once one may be lost: what it allowed is asked again. */
  change(key: ApprovalKey, change: (before: Approval) => Approval): Promise<void>
}

const idOf = ({ accountId, clientId, resource, redirectUri }: ApprovalKey) =>
  JSON.stringify([accountId, clientId, resource, redirectUri ?? null])

export function createApprovalStore(options: {
  records: Records
  now: () => number
}): ApprovalStore {
  const { records, now } = options
  const nowSeconds = () => Math.floor(now() / 1000)

  function inTime(approval: Approval): Approval {
    const entries = Object.entries(approval).filter(([, { expiresAt }]) => expiresAt > nowSeconds())
    return Object.fromEntries(entries)
  }

  return {
    async find(key) {
      const found = await records.find('Approval', idOf(key))
      return found === undefined ? undefined : inTime(found as Approval)
    },
    async change(key, change) {
      const id = idOf(key)
      const ttlOf = (approval: Approval) =>
        Math.max(0, ...Object.values(approval).map(({ expiresAt }) => expiresAt)) - nowSeconds()
      // Most are the first of their key, and need not be read.
      const first = change({})
      if (ttlOf(first) > 0 && (await records.add('Approval', id, first, ttlOf(first)))) return
      const record = await records.open('Approval', id)
      const next = change(inTime((record?.value ?? {}) as Approval))
      if (ttlOf(next) <= 0) return
      if (record) await record.replace(next, ttlOf(next))
      else await records.save('Approval', id, next, ttlOf(next))
    },
  }
}
