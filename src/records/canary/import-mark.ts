// Keeps servers away from a store while records are imported into it: half of the records would make clients discard
// their registrations and tokens. The mark takes the place of the canary, which every release reads first.
import type { Seal } from '../../crypto/seal.ts'
import type { Store } from '../../store/store.ts'
import { canaryKeysOf, type SecretUses } from './canary.ts'
import {
  formatCanary,
  formatUnfinishedImport,
  judgeCanary,
  type UnfinishedImport,
} from './canary-text.ts'

export interface ImportMark {
  /** @throws AppError store_unavailable if the store belongs to other secrets or to a newer release */
  read(): Promise<{ readonly unfinished: UnfinishedImport | undefined; readonly uses: SecretUses }>
  set(mark: UnfinishedImport): Promise<void>
  /** Puts a canary in its place. @returns false if the mark is gone: something else wrote to the store */
  replace(uses: SecretUses): Promise<boolean>
}

/** No import waits for longer until somebody goes on with it. */
const TTL_SECONDS = 3650 * 86_400

export function createImportMark(options: {
  store: Pick<Store, 'get' | 'set' | 'swap' | 'partitions'>
  seal: Seal
  storeKeyPrefix: string
}): ImportMark {
  const { store, seal } = options
  const keys = canaryKeysOf(store, options.storeKeyPrefix)
  const judge = (key: string) => store.get(key).then((sealed) => judgeCanary(seal, key, sealed))

  return {
    async read() {
      const judgements = await Promise.all(keys.map(judge))
      let unfinished: UnfinishedImport | undefined
      const uses: SecretUses[] = []
      for (const judgement of judgements) {
        if (judgement.kind === 'ours') uses.push(judgement.uses)
        if (judgement.kind !== 'refused') continue
        if (!judgement.unfinished) throw judgement.fault
        unfinished = judgement.unfinished
      }
      return { unfinished, uses: Object.assign({}, ...uses, unfinished?.uses) }
    },
    async set(mark) {
      const text = formatUnfinishedImport(mark)
      await Promise.all(keys.map((key) => store.set(key, seal.seal(text, key), TTL_SECONDS)))
    },
    async replace(uses) {
      const replaced = await Promise.all(
        keys.map(async (key) => {
          const sealed = await store.get(key)
          const judgement = judgeCanary(seal, key, sealed)
          if (judgement.kind !== 'refused' || !judgement.unfinished) return false
          return store.swap(key, sealed, seal.seal(formatCanary(uses), key), TTL_SECONDS)
        }),
      )
      return replaced.every(Boolean)
    },
  }
}
