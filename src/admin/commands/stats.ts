// `stats`: what the store holds, by kind and by the secret that sealed it.
import { KINDS } from '../../records/record-kinds.ts'
import type { RecordKind } from '../../records/record-values.ts'
import type { Command } from '../command.ts'
import type { AdminRecords } from '../open-records.ts'

interface KindStats {
  readonly kind: string
  records: number
  bytes: number
  otherUpstream: number
  foreign: number
  damaged: number
}

function startCount(kind: RecordKind): KindStats {
  const { prefix } = KINDS[kind]
  return { kind: prefix, records: 0, bytes: 0, otherUpstream: 0, foreign: 0, damaged: 0 }
}

const stats: Command = {
  name: 'stats',
  operands: [],
  summary: 'count the records of each kind, and those of each secret',
  details: `Reads the whole store once, and leaves it half of the time.
A secret is named by a fingerprint, which tells nothing about it.`,
  options: {},
  async run(call) {
    const { listing, seal } = await call.openRecords()
    // Newest first, as in SESSION_SECRET.
    const counted = new Map(seal.keyIds.toReversed().map((id) => [id, 0]))
    const byKind = new Map(
      (Object.keys(KINDS) as RecordKind[]).map((kind) => [kind, startCount(kind)]),
    )
    for await (const { kind, record } of listing.listAll()) {
      const count = byKind.get(kind)
      if (!count) continue
      count.records += 1
      count.bytes += record.bytes
      if (record.state !== 'readable') count[record.state] += 1
      counted.set(record.sealId, (counted.get(record.sealId) ?? 0) + 1)
    }
    const kinds = [...byKind.values()]
    const secrets = [...counted].map(([fingerprint, records]) => ({
      fingerprint,
      use: useOf(fingerprint, seal),
      records,
    }))
    return {
      json: { kinds, secrets },
      blocks: [
        {
          columns: ['KIND', 'RECORDS', 'BYTES', 'OTHER UPSTREAM', 'UNKNOWN SECRET', 'DAMAGED'],
          rows: kinds.map((row) => [
            row.kind,
            ...[row.records, row.bytes, row.otherUpstream, row.foreign, row.damaged].map(String),
          ]),
        },
        '',
        {
          columns: ['SECRET', 'USE', 'RECORDS'],
          rows: secrets.map(({ fingerprint, use, records }) => [fingerprint, use, String(records)]),
        },
      ],
    }
  },
}

function useOf(fingerprint: string, { newestId, knows }: AdminRecords['seal']): string {
  if (fingerprint === newestId) return 'seals'
  return knows(fingerprint) ? 'opens' : 'missing in SESSION_SECRET'
}

export const STATS_COMMANDS = [stats]
