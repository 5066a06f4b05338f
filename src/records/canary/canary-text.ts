// The text of a canary: its version, and which secrets have sealed records. canary.ts decides what follows.
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
    }

export function formatCanary(secrets: SecretUses): string {
  return JSON.stringify({ version: VERSION, secrets })
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
  const { version, secrets } = isObject(canary) ? canary : {}
  if (version !== VERSION) {
    return refuse('the store was written by a newer release', { isFinal: true })
  }
  const uses = isObject(secrets) ? Object.entries(secrets) : []
  const known = uses.filter((use): use is [string, number] => typeof use[1] === 'number')
  return { kind: 'ours', uses: Object.fromEntries(known) }
}

function refuse(reason: string, options: { cause?: unknown; isFinal?: boolean } = {}): Judgement {
  const { cause, isFinal = false } = options
  return { kind: 'refused', fault: unavailable(reason, cause), isFinal }
}

export function unavailable(reason: string, cause?: unknown): AppError {
  return new AppError('store_unavailable', { cause: new Error(reason, { cause }) })
}
