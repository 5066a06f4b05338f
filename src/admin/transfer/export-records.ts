// Reads all records of the store for an export. Their values stay sealed.
import { canaryKeysOf } from '../../records/canary/canary.ts'
import { judgeCanary } from '../../records/canary/canary-text.ts'
import { readInBatches } from '../../records/listing/record-listing.ts'
import { AdminError } from '../admin-error.ts'
import type { AdminRecords } from '../open-records.ts'
import { type ExportHeader, writeExport } from './export-file.ts'
import { type ExportedRecord, isLeftOut } from './exported-record.ts'

export interface ExportResult {
  readonly header: ExportHeader
  /** Whether a server has used the store meanwhile: the export may lack what it wrote. */
  readonly isBusy: boolean
}

export async function exportRecords(options: {
  records: Pick<AdminRecords, 'store' | 'seal'>
  storeKeyPrefix: string
  path: string
  now: () => number
}): Promise<ExportResult> {
  const { storeKeyPrefix, now } = options
  const { store, seal } = options.records
  const counts = new Map<string, number>()
  const prefix = `${storeKeyPrefix}:`
  const [canaryKey = ''] = canaryKeysOf(store, storeKeyPrefix)
  const canaryBefore = await store.get(canaryKey)

  async function read(key: string): Promise<ExportedRecord | undefined> {
    const name = key.slice(prefix.length)
    if (isLeftOut(name)) return undefined
    const found = await store.getWithTtl(key)
    if (!found) return undefined
    const sealId = seal.idOf(found.value)
    counts.set(sealId, (counts.get(sealId) ?? 0) + 1)
    return { name, expiresAtMs: Math.ceil(now() + found.ttlMs), sealed: found.value }
  }

  async function describe(count: number): Promise<ExportHeader> {
    if (count === 0) throw new AdminError('the store holds no records')
    const judgement = judgeCanary(seal, canaryKey, await store.get(canaryKey))
    const secrets = [...counts].map(
      ([id, records]) => [id, { records, isNeeded: seal.knows(id) }] as const,
    )
    return {
      keyPrefix: storeKeyPrefix,
      exportedAt: new Date(now()).toISOString(),
      records: count,
      secrets: Object.fromEntries(secrets),
      uses: judgement.kind === 'ours' ? judgement.uses : {},
    }
  }

  const records = readInBatches(store.scanPages(prefix), read)
  const header = await writeExport({ path: options.path, records, finish: describe })
  return { header, isBusy: (await store.get(canaryKey)) !== canaryBefore }
}
