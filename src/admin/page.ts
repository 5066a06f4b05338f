// One page of a list. A store returns its records in any order, and has no index: every page reads all of them, and
// keeps those with the smallest keys.
import type { ListedRecord } from '../records/listing/record-listing.ts'
import type { RecordKind, RecordValues } from '../records/record-values.ts'
import type { Block, PageRequest } from './command.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** For --after, if there are more. */
  readonly next: string | undefined
}

export async function selectPage<T>(
  items: AsyncIterable<readonly [key: string, item: T]>,
  { limit, after }: PageRequest,
): Promise<Page<T>> {
  // By key: a record that comes twice counts once.
  let kept = new Map<string, T>()
  let last: string | undefined
  for await (const [key, item] of items) {
    if ((after !== undefined && key <= after) || (last !== undefined && key > last)) continue
    kept.set(key, item)
    if (kept.size < 2 * limit + 1) continue
    kept = smallest(kept, limit + 1)
    last = [...kept.keys()].at(-1)
  }
  const all = [...smallest(kept, limit + 1)]
  const page = all.slice(0, limit)
  return {
    items: page.map(([, item]) => item),
    next: all.length > limit ? page.at(-1)?.[0] : undefined,
  }
}

function smallest<T>(items: ReadonlyMap<string, T>, count: number): Map<string, T> {
  return new Map([...items].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, count))
}

/** Counts of the records that a list leaves out because they cannot be read. */
export class Unreadable {
  otherUpstream = 0
  foreign = 0
  damaged = 0

  /** Passes on the records that can be read. */
  async *skip<K extends RecordKind>(
    records: AsyncIterable<ListedRecord<K>>,
  ): AsyncIterable<ListedRecord<K> & { readonly value: RecordValues[K] }> {
    for await (const record of records) {
      if (record.state === 'readable' && record.value !== undefined) {
        yield { ...record, value: record.value }
      } else if (record.state !== 'readable') this[record.state] += 1
    }
  }

  describe(): Block[] {
    const say = (count: number, why: string) => (count > 0 ? [`Not listed: ${count} ${why}.`] : [])
    return [
      ...say(this.otherUpstream, 'of another upstream than that of UPSTREAM_ISSUER'),
      ...say(this.foreign, 'sealed under a secret that SESSION_SECRET lacks'),
      ...say(this.damaged, 'damaged, or of a newer release'),
    ]
  }
}

export function describeNext({ next }: Page<unknown>): Block[] {
  return next === undefined ? [] : [`There are more: add --after ${next}`]
}
