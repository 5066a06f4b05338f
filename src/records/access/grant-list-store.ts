// The newest grants of an account, for whoever shows or ends them: one record, written at each authorization and never at a
// refresh. A grant that is not on the list (older than lists, or the list was full) ends by its account's generation.
import { changeRecord } from '../change-record.ts'
import type { ListedGrant } from '../record-values.ts'
import type { OpenRecord, Records } from '../records.ts'

export const MAX_LISTED_GRANTS = 200

/** A list as it was read, so that an addition needs no second read. */
export interface OpenGrantList {
  /** Adds a grant, and drops those that are dead. @returns the grants that had to leave because the list was full */
  add(added: ListedGrant): Promise<readonly ListedGrant[]>
}

export interface GrantListStore {
  open(sub: string): Promise<OpenGrantList>
  /** Oldest first, some of them perhaps dead. */
  find(sub: string): Promise<readonly ListedGrant[]>
  remove(sub: string, references: ReadonlySet<string>): Promise<void>
}

type Change = (before: readonly ListedGrant[]) => readonly ListedGrant[]
type GrantListRecord = OpenRecord<{ readonly grants: readonly ListedGrant[] }>

/** @param options.maxLifetimeSeconds of a grant */
export function createGrantListStore(options: {
  records: Records
  maxLifetimeSeconds: number
  now: () => number
}): GrantListStore {
  const { records, maxLifetimeSeconds, now } = options
  const kind = 'GrantList'

  /** @param generation of the grant that is added: its approval may be older than the others on the list */
  function isPossiblyLive(listed: ListedGrant, generation: number): boolean {
    const expiresAt = listed.createdAt + maxLifetimeSeconds
    return listed.generation >= generation && expiresAt > now() / 1000
  }

  async function change(
    sub: string,
    read: GrantListRecord | undefined,
    apply: Change,
  ): Promise<void> {
    const of = { kind, id: sub, ttlOf: () => maxLifetimeSeconds, first: { record: read } } as const
    await changeRecord(records, of, (known) => ({ grants: apply(known?.grants ?? []) }))
  }

  return {
    async open(sub) {
      const record = await records.open(kind, sub)
      return {
        async add(added) {
          let dropped: readonly ListedGrant[] = []
          await change(sub, record, (before) => {
            const kept = before.filter((listed) => isPossiblyLive(listed, added.generation))
            dropped = kept.slice(0, Math.max(0, kept.length + 1 - MAX_LISTED_GRANTS))
            return [...kept.slice(dropped.length), added]
          })
          return dropped
        },
      }
    },
    find: async (sub) => (await records.find(kind, sub))?.grants ?? [],
    async remove(sub, references) {
      const record = await records.open(kind, sub)
      if (!record?.value.grants.some(({ grant }) => references.has(grant))) return
      await change(sub, record, (before) => before.filter(({ grant }) => !references.has(grant)))
    },
  }
}
