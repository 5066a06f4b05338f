// Marks on the records of people: the upstream that they belong to (docs/adr/0017-accounts-by-issuer.md).
import { markOfIssuer } from '../../oauth/issuer.ts'
import { KINDS } from '../record-kinds.ts'
import type { RecordKind, RecordValues } from '../record-values.ts'

export interface UpstreamMarks {
  /** The value as it is stored: with the mark of our upstream, if its kind has marks. */
  mark<K extends RecordKind>(kind: K, value: RecordValues[K]): RecordValues[K]
  /** Whether a record is of our upstream. @throws AppError store_unavailable */
  isOurs<K extends RecordKind>(kind: K, value: RecordValues[K]): Promise<boolean>
}

export function createUpstreamMarks(options: {
  upstreamIssuer: string
  /** home-upstream.ts */
  getHomeMark: () => Promise<string>
}): UpstreamMarks {
  const upstream = markOfIssuer(options.upstreamIssuer)
  return {
    mark: (kind, value) =>
      KINDS[kind].belongsToUpstream ? Object.assign({}, value, { upstream }) : value,
    async isOurs(kind, value) {
      if (!KINDS[kind].belongsToUpstream) return true
      const { upstream: mark } = value as { readonly upstream?: string } // a kind with marks: UpstreamsOwn
      // A record from before marks existed is of the upstream that the store began with.
      return (mark ?? (await options.getHomeMark())) === upstream
    },
  }
}
