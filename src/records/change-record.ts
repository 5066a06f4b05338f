// A change of a record that must undo nobody else's: compare and set, again until nobody else was faster.
import { AppError } from '../errors.ts'
import type { RecordKind, RecordValues } from './record-values.ts'
import type { OpenRecord, Records } from './records.ts'

/** Of many requests that change one record at once, each attempt lets one succeed. */
const ATTEMPTS = 100

/**
 * @param options.first the record as the caller has read it, for the first attempt. Absent: it is read
 * @param options.movesOld whether reading it moves a record under the name of an older secret
 * @param change gets the value as it is, undefined if there is none. If it returns undefined, nothing is written
 * @returns the value as it is written, or undefined
 * @throws AppError store_unavailable
 */
export async function changeRecord<K extends RecordKind, Next extends RecordValues[K] | undefined>(
  records: Pick<Records, 'open' | 'add'>,
  options: {
    kind: K
    id: string
    ttlOf: (value: RecordValues[K]) => number
    first?: { readonly record: OpenRecord<RecordValues[K]> | undefined }
    movesOld?: boolean
  },
  change: (known: RecordValues[K] | undefined) => Next,
): Promise<RecordValues[K] | Extract<Next, undefined>> {
  const { kind, id, ttlOf, movesOld = false } = options
  const read = () => records.open(kind, id, movesOld ? ttlOf : undefined)
  let record = options.first ? options.first.record : await read()
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) record = await read()
    const next = change(record?.value)
    if (next === undefined) return next as Extract<Next, undefined>
    const written = record
      ? await record.replace(next, ttlOf(next))
      : await records.add(kind, id, next, ttlOf(next))
    if (written) return written.value
  }
  const cause = new Error(`a ${kind} record changed each time it was about to be written`)
  throw new AppError('store_unavailable', { cause })
}
