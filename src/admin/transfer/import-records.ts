// Writes the records of an export into the store. A mark keeps servers away until every record is there, so that an
// import that was interrupted is run again, and nobody meets half of the records.
import { createImportMark } from '../../records/canary/import-mark.ts'
import type { Store } from '../../store/store.ts'
import { AdminError } from '../admin-error.ts'
import type { AdminRecords } from '../open-records.ts'
import { readExport, readExportHeader } from './export-file.ts'
import { type ExportedRecord, isLeftOut } from './exported-record.ts'

type Header = Awaited<ReturnType<typeof readExportHeader>>

export interface ImportPlan {
  readonly header: Header
  /** An earlier run did not finish. */
  readonly isContinued: boolean
  /** The records that are in the store, apart from those of an earlier run. */
  readonly present: number
}

export interface ImportResult {
  readonly added: number
  /** They were in the store already, with another value, which stays. */
  readonly kept: number
  readonly expired: number
}

interface ImportOptions {
  readonly records: Pick<AdminRecords, 'store' | 'seal' | 'stores'>
  readonly storeKeyPrefix: string
  readonly path: string
  readonly merges: boolean
  readonly now: () => number
}

const BATCH = 200

/** Reads the whole file, and checks that it is of use with these settings. @throws AdminError */
export async function checkExport(options: {
  seal: AdminRecords['seal']
  storeKeyPrefix: string
  path: string
  check?: (record: ExportedRecord) => Promise<void>
}): Promise<Header> {
  const { seal, storeKeyPrefix, path, check } = options
  const header = await readExportHeader(path)
  requireSecrets(header, seal)
  if (header.keyPrefix !== storeKeyPrefix) {
    throw new AdminError(
      `the records belong to STORE_KEY_PREFIX=${header.keyPrefix}, not ${storeKeyPrefix}`,
    )
  }
  for await (const record of readExport(path, header)) await check?.(record)
  return header
}

/** Checks that the file and the store fit together. Writes nothing. @throws AdminError */
export async function planImport(options: ImportOptions): Promise<ImportPlan> {
  const { records, storeKeyPrefix, merges } = options
  const header = await checkExport({
    ...options,
    seal: records.seal,
    check: (record) => requireSameHome(options, record),
  })
  const { unfinished } = await createImportMark({ ...records, storeKeyPrefix }).read()
  if (unfinished !== undefined && unfinished.checksum !== header.checksum) {
    throw new AdminError(
      'an import of another file into this store has not finished: run that again, or empty the store',
    )
  }
  const isContinued = unfinished !== undefined
  const present = isContinued ? 0 : await countRecords(records.store, storeKeyPrefix)
  if (present > 0 && !merges) {
    throw new AdminError(
      `the store is not empty, but has ${present} records: empty it, or add --merge to keep them and add the others`,
    )
  }
  return { header, isContinued, present }
}

function requireSecrets(header: Header, seal: AdminRecords['seal']): void {
  const missing = Object.entries(header.secrets).filter(
    ([id, { isNeeded }]) => isNeeded && !seal.knows(id),
  )
  if (missing.length === 0) return
  const named = missing.map(([id, { records }]) => `${id} (${records} records)`).join(', ')
  throw new AdminError(
    `SESSION_SECRET lacks the secrets with these fingerprints: ${named}; it has ${seal.keyIds.join(', ')}`,
  )
}

/** Under another home upstream, the subjects of people would change. */
async function requireSameHome(
  { records, storeKeyPrefix }: ImportOptions,
  { name, sealed }: ExportedRecord,
): Promise<void> {
  if (!name.startsWith('home-upstream:')) return
  const key = `${storeKeyPrefix}:${name}`
  const present = await records.store.get(key)
  if (present === undefined) return
  const isSame = records.seal.open(present, key) === records.seal.open(sealed, key)
  if (!isSame) {
    throw new AdminError(
      'the home upstream of the store is not that of the records: empty the store',
    )
  }
}

async function countRecords(store: Store, storeKeyPrefix: string): Promise<number> {
  let count = 0
  const prefix = `${storeKeyPrefix}:`
  for await (const key of store.scan(prefix)) if (!isLeftOut(key.slice(prefix.length))) count += 1
  return count
}

/** @throws AdminError if the store is not as it has to be in the end; the mark then stays */
export async function importRecords(
  options: ImportOptions,
  { header }: ImportPlan,
): Promise<ImportResult> {
  const { records, storeKeyPrefix, path } = options
  const { store, seal, stores } = records
  const mark = createImportMark({ store, seal, storeKeyPrefix })
  const { uses: known } = await mark.read()
  // The later use of each secret counts.
  const uses = { ...header.uses, ...known }
  for (const [id, at] of Object.entries(header.uses)) uses[id] = Math.max(at, known[id] ?? 0)
  await mark.set({ checksum: header.checksum, uses })

  const result = { added: 0, kept: 0, expired: 0 }
  for await (const batch of batchesOf(readExport(path, header))) {
    for (const outcome of await Promise.all(batch.map((record) => add(options, record)))) {
      result[outcome] += 1
    }
  }
  await verify(options, header)
  if (!(await mark.replace(uses))) {
    throw new AdminError('another process wrote to the store during the import: stop every server')
  }
  // Gives the canary its lifetime, and proves that a server could use the store.
  await stores.canary.check()
  return result
}

async function add(
  { records, storeKeyPrefix, merges, now }: ImportOptions,
  { name, expiresAtMs, sealed }: ExportedRecord,
): Promise<keyof ImportResult> {
  const ttlSeconds = Math.ceil((expiresAtMs - now()) / 1000)
  if (ttlSeconds <= 0) return 'expired'
  const key = `${storeKeyPrefix}:${name}`
  if (await records.store.swap(key, undefined, sealed, ttlSeconds)) return 'added'
  if ((await records.store.get(key)) === sealed) return 'added'
  if (merges) return 'kept'
  throw new AdminError('another process writes to the store: stop every server, and run this again')
}

/** Every record of the file that has not expired is in the store: with this value, or with the one that it had. */
async function verify(options: ImportOptions, header: Header): Promise<void> {
  const { records, storeKeyPrefix, path, merges, now } = options
  let missing = 0
  for await (const batch of batchesOf(readExport(path, header))) {
    const values = await Promise.all(
      batch.map(({ name }) => records.store.get(`${storeKeyPrefix}:${name}`)),
    )
    missing += batch.filter(({ sealed, expiresAtMs }, n) => {
      const isThere = values[n] === sealed || (merges && values[n] !== undefined)
      return !isThere && expiresAtMs > now()
    }).length
  }
  if (missing > 0) {
    throw new AdminError(`${missing} records are missing in the store: run the import again`)
  }
}

async function* batchesOf<T>(items: AsyncIterable<T>): AsyncIterable<readonly T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
