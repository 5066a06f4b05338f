// Stores the upstream's tokens of each account in one record, so that one lease covers all of them.
import { changeRecord } from '../change-record.ts'
import type { OpenRecord, Records } from '../records.ts'
import type { StoredUpstreamTokens } from './upstream-tokens.ts'

type Value = StoredUpstreamTokens

export interface UpstreamTokenStore {
  /** As it is now, for a change that must fail if somebody else was faster. */
  open(sub: string): Promise<OpenRecord<Value> | undefined>
  /** Compare and set of a record that `open` or `write` returned; undefined if it changed meanwhile. */
  write(record: OpenRecord<Value>, next: Value): Promise<OpenRecord<Value> | undefined>
  /**
   * Compare and set, again until nobody else was faster.
   * @param change returns undefined to leave the record as it is
   */
  change(sub: string, change: (known: Value | undefined) => Value | undefined): Promise<void>
  /** Replaces whatever there is. */
  save(sub: string, value: Value): Promise<void>
  remove(sub: string): Promise<void>
}

const KIND = 'UpstreamTokens'

/** @param options.ttlSeconds as long as any grant that a sign-in now can make */
export function createUpstreamTokenStore(options: {
  records: Pick<Records, 'open' | 'add' | 'save' | 'remove'>
  ttlSeconds: number
}): UpstreamTokenStore {
  const { records, ttlSeconds } = options
  const open = (sub: string) => records.open(KIND, sub, () => ttlSeconds)
  return {
    open,
    write: (record, next) => record.replace(next, ttlSeconds),
    async change(sub, change) {
      const of = { kind: KIND, id: sub, ttlOf: () => ttlSeconds, movesOld: true } as const
      await changeRecord(records, of, change)
    },
    save: (sub, value) => records.save(KIND, sub, value, ttlSeconds),
    remove: (sub) => records.remove(KIND, sub),
  }
}
