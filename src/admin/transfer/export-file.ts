// The file of an export: a header of fixed size, then a line for each record, `["kind:hash",expiresAtMs,"sealed"]`.
// Values stay sealed, and a seal holds only under the record's key: the file is of use with the same secrets and
// STORE_KEY_PREFIX alone.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isObject } from '../../oauth/json-members.ts'
import type { SecretUses } from '../../records/canary/canary.ts'
import { parseUses } from '../../records/canary/canary-text.ts'
import { AdminError } from '../admin-error.ts'
import { writeNewFile } from '../new-file.ts'
import { type ExportedRecord, isLeftOut } from './exported-record.ts'

export interface ExportHeader {
  readonly keyPrefix: string
  /** ISO 8601 */
  readonly exportedAt: string
  readonly records: number
  /** By fingerprint: the secrets that the records are sealed under. */
  readonly secrets: Readonly<
    Record<string, { readonly records: number; readonly isNeeded: boolean }>
  >
  /** Of the canary: when each secret was last in use. */
  readonly uses: SecretUses
}

const FORMAT = 'mcp-oidc-server export'
const VERSION = 1
const HEADER_BYTES = 8192
/** No record is nearly as long. */
const MOST_LINE_BYTES = 4 * 1024 * 1024
const WRITE_BYTES = 256 * 1024

/** @param path must not exist @param records are read once; the result of `finish` becomes the header */
export async function writeExport(options: {
  path: string
  records: AsyncIterable<ExportedRecord>
  finish: (count: number) => Promise<ExportHeader>
}): Promise<ExportHeader> {
  return writeNewFile(options.path, async (partial) => {
    const file = await open(partial, 'wx', 0o600)
    try {
      const body = createHash('sha256')
      const count = await writeBody(file, body, options.records)
      const header = await options.finish(count)
      await file.write(formatHeader(header, body.digest('hex')), 0)
      await file.sync()
      return header
    } finally {
      await file.close()
    }
  })
}

async function writeBody(
  file: FileHandle,
  hash: ReturnType<typeof createHash>,
  records: AsyncIterable<ExportedRecord>,
): Promise<number> {
  let at = HEADER_BYTES
  let count = 0
  let pending = ''
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(pending)
    pending = ''
    hash.update(bytes)
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at)
      done += bytesWritten
      at += bytesWritten
    }
  }
  for await (const { name, expiresAtMs, sealed } of records) {
    pending += `${JSON.stringify([name, expiresAtMs, sealed])}\n`
    count += 1
    if (pending.length >= WRITE_BYTES) await flush()
  }
  await flush()
  return count
}

function formatHeader(header: ExportHeader, bodyHash: string): Buffer {
  const checksum = checksumOf(header, bodyHash)
  const text = JSON.stringify({ format: FORMAT, version: VERSION, ...header, checksum })
  const bytes = Buffer.alloc(HEADER_BYTES, ' ')
  bytes[HEADER_BYTES - 1] = '\n'.charCodeAt(0)
  if (bytes.write(text) < Buffer.byteLength(text) || text.length >= HEADER_BYTES) {
    throw new AdminError('the records are sealed under too many secrets')
  }
  return bytes
}

function checksumOf(header: ExportHeader, bodyHash: string): string {
  const { keyPrefix, exportedAt, records, secrets, uses } = header
  const fields = JSON.stringify([VERSION, keyPrefix, exportedAt, records, secrets, uses])
  return createHash('sha256').update(`${fields}\n${bodyHash}`).digest('hex')
}

/** @throws AdminError if the file is no export, is damaged, or of a newer release */
export async function readExportHeader(
  path: string,
): Promise<ExportHeader & { readonly checksum: string }> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new AdminError(`cannot read ${path}`, { cause })
  })
  const bytes = Buffer.alloc(HEADER_BYTES)
  const { bytesRead } = await file.read(bytes, 0, HEADER_BYTES, 0).finally(() => file.close())
  const header = parseJson(bytes.subarray(0, bytesRead).toString().trim())
  if (!isObject(header) || header['format'] !== FORMAT) {
    throw new AdminError(`${path} is not an export, or was not finished`)
  }
  if (header['version'] !== VERSION) {
    throw new AdminError(`${path} was made by a newer release: its version is not ${VERSION}`)
  }
  const { keyPrefix, exportedAt, records, secrets, uses, checksum } = header
  const isComplete =
    typeof keyPrefix === 'string' &&
    typeof exportedAt === 'string' &&
    typeof records === 'number' &&
    typeof checksum === 'string' &&
    isObject(secrets)
  if (!isComplete) throw damaged(path)
  return {
    keyPrefix,
    exportedAt,
    records,
    checksum,
    secrets: parseSecrets(secrets),
    uses: parseUses(uses),
  }
}

function parseSecrets(secrets: Readonly<Record<string, unknown>>): ExportHeader['secrets'] {
  return Object.fromEntries(
    Object.entries(secrets).map(([id, secret]) => {
      const { records = 0, isNeeded = true } = isObject(secret) ? secret : {}
      return [id, { records: Number(records), isNeeded: isNeeded !== false }]
    }),
  )
}

/**
 * The records of the file. Reading to the end shows that nothing is missing or changed.
 * @throws AdminError if the file is damaged
 */
export async function* readExport(
  path: string,
  header: ExportHeader & { readonly checksum: string },
): AsyncIterable<ExportedRecord> {
  const hash = createHash('sha256')
  let count = 0
  for await (const line of linesOf(path)) {
    hash.update(line).update('\n')
    count += 1
    yield parseLine(path, line.toString())
  }
  const isWhole =
    count === header.records && checksumOf(header, hash.digest('hex')) === header.checksum
  if (!isWhole) throw damaged(path)
}

async function* linesOf(path: string): AsyncIterable<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { start: HEADER_BYTES })) {
    rest = Buffer.concat([rest, chunk])
    let from = 0
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', from)) {
      yield rest.subarray(from, end)
      from = end + 1
    }
    rest = rest.subarray(from)
    if (rest.length > MOST_LINE_BYTES) throw damaged(path)
  }
  if (rest.length > 0) throw damaged(path)
}

function parseLine(path: string, line: string): ExportedRecord {
  const fields = parseJson(line)
  const [name, expiresAtMs, sealed] = Array.isArray(fields) ? fields : []
  const isRecord =
    typeof name === 'string' &&
    !isLeftOut(name) &&
    Number.isSafeInteger(expiresAtMs) &&
    typeof sealed === 'string'
  if (!isRecord) throw damaged(path)
  return { name, expiresAtMs, sealed }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const damaged = (path: string) => new AdminError(`${path} is damaged: export again`)
