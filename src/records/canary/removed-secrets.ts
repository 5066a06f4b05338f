// Which records of the store SESSION_SECRET cannot open. Looks at a sample, because a store may hold millions.
import type { Seal } from '../../crypto/seal.ts'
import { withDeadline } from '../../deadline.ts'
import type { Logger } from '../../log.ts'
import type { Store } from '../../store/store.ts'
import { RECORD_PREFIXES } from '../record-kinds.ts'
import type { SecretUses } from './canary.ts'

export interface RemovedSecrets {
  /**
   * Whether there are records, and every one of a few is sealed under an unknown secret.
   * @throws DeadlineError if the store holds so much else that it takes too long to tell
   */
  isForeign(): Promise<boolean>
  /** Warns once, in the background, if records under these secrets are found. */
  report(uses: SecretUses): void
}

/** Enough to tell a foreign store from one of ours. */
const FEW = 20
const FEW_DEADLINE_MS = 2000
/** Of each kind, to find what a removed secret left. */
const MANY = 500

export function createRemovedSecrets(options: {
  store: Pick<Store, 'get' | 'scan'>
  seal: Pick<Seal, 'knows' | 'idOf'>
  storeKeyPrefix: string
  logger: Pick<Logger, 'warn'>
}): RemovedSecrets {
  const { store, seal, storeKeyPrefix, logger } = options
  let isReported = false

  /** The ids of the keys that at most so many records of one kind, or of any, are sealed under. */
  async function* sample(most: number, kind?: string): AsyncIterable<string> {
    const start = kind === undefined ? `${storeKeyPrefix}:` : `${storeKeyPrefix}:${kind}:`
    let examined = 0
    for await (const key of store.scan(start)) {
      const isRecord = RECORD_PREFIXES.includes(
        key.slice(storeKeyPrefix.length + 1).split(':')[0] ?? '',
      )
      const sealed = isRecord ? await store.get(key) : undefined
      if (sealed !== undefined) yield seal.idOf(sealed)
      examined += 1
      if (examined >= most) return
    }
  }

  async function search(removed: SecretUses): Promise<void> {
    let [found, examined] = [0, 0]
    for (const kind of RECORD_PREFIXES) {
      for await (const id of sample(MANY, kind)) {
        examined += 1
        if (removed[id] !== undefined) found += 1
      }
    }
    if (found === 0) return
    const lastUsed = new Date(Math.max(...Object.values(removed)) * 1000).toISOString()
    logger.warn(
      { found, examined, lastUsed },
      'records are sealed under a secret that was removed: append it to SESSION_SECRET again',
    )
  }

  async function isSampleForeign(): Promise<boolean> {
    let count = 0
    for await (const id of sample(FEW)) {
      if (seal.knows(id)) return false
      count += 1
    }
    return count > 0
  }

  return {
    isForeign: () => withDeadline(isSampleForeign(), FEW_DEADLINE_MS),
    report(uses) {
      if (isReported) return
      isReported = true
      search(uses).catch((err: unknown) => {
        isReported = false
        logger.warn({ err }, 'cannot look for records under a removed secret')
      })
    },
  }
}
