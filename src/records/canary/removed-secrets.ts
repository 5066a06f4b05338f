// Finds records of the store that SESSION_SECRET cannot open. Looks at samples, because a store may hold millions.
import type { Seal } from '../../crypto/seal.ts'
import type { Logger } from '../../log.ts'
import type { Store } from '../../store/store.ts'
import { KINDS } from '../record-kinds.ts'
import type { RecordKind } from '../record-values.ts'
import type { SecretUses } from './canary.ts'

export interface RemovedSecrets {
  /**
   * Whether there are records, and every one that was looked at is sealed under an unknown secret. False too if the
   * store holds so much else that it takes too long to tell.
   */
  isForeign(): Promise<boolean>
  /** Warns once, in the background, if records under these secrets are found. */
  report(uses: SecretUses): void
}

/** Of each kind. */
const SAMPLE = 500
const DEADLINE_MS = 2000
/** Kinds that are sealed again while they are in use come first: in a store of ours, the newest secret opens some. */
const ORDER: readonly RecordKind[] = ['RefreshFamily', 'Session', 'Client', 'Account', 'Grant']
const ALL = [...new Set([...ORDER, ...(Object.keys(KINDS) as RecordKind[])])]

export function createRemovedSecrets(options: {
  store: Pick<Store, 'get' | 'scan'>
  seal: Pick<Seal, 'knows' | 'idOf'>
  storeKeyPrefix: string
  logger: Pick<Logger, 'warn'>
}): RemovedSecrets {
  const { store, seal, storeKeyPrefix, logger } = options
  let isReported = false
  let judging: Promise<boolean> | undefined

  /** The ids of the keys that records are sealed under, kind by kind. */
  async function* sample(signal?: AbortSignal): AsyncIterable<{ kind: RecordKind; id: string }> {
    for (const kind of ALL) {
      let examined = 0
      for await (const key of store.scan(`${storeKeyPrefix}:${KINDS[kind].prefix}:`)) {
        if (signal?.aborted) return
        const sealed = await store.get(key)
        if (sealed !== undefined) yield { kind, id: seal.idOf(sealed) }
        examined += 1
        if (examined >= SAMPLE) break
      }
    }
  }

  async function judge(): Promise<boolean> {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    let count = 0
    for await (const { id } of sample(signal)) {
      if (seal.knows(id)) return false
      count += 1
    }
    return count > 0 && !signal.aborted
  }

  async function search(removed: SecretUses): Promise<void> {
    const found: Partial<Record<RecordKind, number>> = {}
    for await (const { kind, id } of sample()) {
      if (removed[id] !== undefined) found[kind] = (found[kind] ?? 0) + 1
    }
    if (Object.keys(found).length === 0) return
    const lastUsed = new Date(Math.max(...Object.values(removed)) * 1000).toISOString()
    logger.warn(
      { found, lastUsed },
      'records are sealed under a secret that was removed: append it to SESSION_SECRET again',
    )
  }

  return {
    isForeign() {
      judging ??= judge().finally(() => {
        judging = undefined
      })
      return judging
    },
    report(uses) {
      if (isReported) return
      isReported = true
      search(uses).catch((err: unknown) => {
        logger.warn({ err }, 'cannot look for records under a removed secret')
      })
    },
  }
}
