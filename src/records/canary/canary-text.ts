// The text of a canary: its version, and which secrets have sealed records; or the mark of an import that has not
// finished. canary.ts decides what follows.
import { openRecord, type Seal } from '../../crypto/seal.ts'
import { AppError } from '../../errors.ts'
import { isObject } from '../../oauth/json-members.ts'
import type { SecretUses } from './canary.ts'

const VERSION = 1

export type Judgement =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly uses: SecretUses }
  | {
      readonly kind: 'refused'
      readonly fault: AppError
      /** Even if another copy is ours. */
      readonly isFinal: boolean
      readonly unfinished?: UnfinishedImport | undefined
    }

/** Stands in the place of the canary while records are imported: no release of the server uses such a store. */
export interface UnfinishedImport {
  /** Names the file. */
  readonly checksum: string
  /** Of the canary that was there before, and of the file. */
  readonly uses: SecretUses
}

const IMPORT_VERSION = 'import'

export function formatCanary(secrets: SecretUses): string {
  return JSON.stringify({ version: VERSION, secrets })
}

export function formatUnfinishedImport({ checksum, uses }: UnfinishedImport): string {
  return JSON.stringify({ version: IMPORT_VERSION, checksum, secrets: uses })
}

export function judgeCanary(seal: Seal, key: string, sealed: string | undefined): Judgement {
  if (sealed === undefined) return { kind: 'absent' }
  const opening = openRecord(seal, key, sealed)
  switch (opening.kind) {
    case 'opened':
      return judgeText(opening.text)
    case 'damaged':
      return refuse(`the canary record ${opening.problem}`, { cause: opening.cause })
    case 'foreign':
      return refuse(
        'SESSION_SECRET lacks the secret that the records of this store are sealed under',
      )
  }
}

function judgeText(text: string): Judgement {
  let canary: unknown
  try {
    canary = JSON.parse(text)
  } catch (cause) {
    return refuse('the canary record is damaged: it is not JSON', { cause })
  }
  const { version, secrets, checksum } = isObject(canary) ? canary : {}
  const uses = parseUses(secrets)
  if (version === IMPORT_VERSION && typeof checksum === 'string') {
    const reason = 'an import into this store has not finished: run it again'
    return { ...refuse(reason, { isFinal: true }), unfinished: { checksum, uses } }
  }
  if (version !== VERSION) {
    return refuse('the store was written by a newer release', { isFinal: true })
  }
  return { kind: 'ours', uses }
}

export function parseUses(secrets: unknown): SecretUses {
  const uses = isObject(secrets) ? Object.entries(secrets) : []
  return Object.fromEntries(
    uses.filter((use): use is [string, number] => typeof use[1] === 'number'),
  )
}

function refuse(reason: string, options: { cause?: unknown; isFinal?: boolean } = {}) {
  const { cause, isFinal = false } = options
  return { kind: 'refused', fault: unavailable(reason, cause), isFinal } as const
}

export function unavailable(reason: string, cause?: unknown): AppError {
  return new AppError('store_unavailable', { cause: new Error(reason, { cause }) })
}
