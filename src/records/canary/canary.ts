// The canary: a record under a fixed key, sealed under the secret, that tells whether this process and its store
// belong together and whether the store takes writes (docs/adr/0023-canary.md).
import type { Seal } from '../../crypto/seal.ts'
import type { Logger } from '../../log.ts'
import type { Store } from '../../store/store.ts'
import { formatCanary, type Judgement, judgeCanary, unavailable } from './canary-text.ts'
import { createRemovedSecrets } from './removed-secrets.ts'

export interface Canary {
  /** Whether the store was found to belong to SESSION_SECRET, and nothing else has been found since. */
  readonly isConfirmed: boolean
  /** Reads the canary, for callers that wait for it. @throws AppError store_unavailable */
  confirm(): Promise<void>
  /**
   * Writes the canary too, at most once a second: between that, the outcome of the last time.
   * @throws AppError store_unavailable, whose cause says what is wrong
   */
  check(): Promise<void>
}

/** When each secret, by the id of its key, last sealed records: seconds since the epoch. */
export type SecretUses = Readonly<Record<string, number>>

const INTERVAL_MS = 1000

/** One for each server of a Cluster. */
export function canaryKeysOf(store: Pick<Store, 'partitions'>, storeKeyPrefix: string): string[] {
  const prefix = `${storeKeyPrefix}:canary`
  return store.partitions?.map((partition) => `${prefix}:${partition}`) ?? [prefix]
}

export function createCanary(options: {
  store: Pick<Store, 'get' | 'set' | 'ping' | 'scan' | 'partitions'>
  seal: Seal
  storeKeyPrefix: string
  /** How long a record can live without being sealed again. */
  longestLifetimeSeconds: number
  logger: Pick<Logger, 'error' | 'warn'>
  now: () => number
  monotonicNow: () => number
}): Canary {
  const { store, seal, longestLifetimeSeconds, logger } = options
  const removedSecrets = createRemovedSecrets(options)
  const keys = canaryKeysOf(store, options.storeKeyPrefix)
  const nowSeconds = () => Math.floor(options.now() / 1000)
  let isConfirmed = false
  /** Whether this process has seen a canary of its own. Once it is gone, somebody emptied the store. */
  let isExpected = false
  /** The first judgement that kept this process out. An empty store afterwards is not ours to take. */
  let exclusion: Error | undefined
  let confirming: Promise<SecretUses> | undefined
  let last: { readonly atMs: number; readonly outcome: Promise<void> } | undefined

  /** Of the copies on the servers of a Cluster, those that answer; there is one that does, or this throws. */
  async function readCopies(): Promise<{ judgements: Judgement[]; isComplete: boolean }> {
    const answers = await Promise.allSettled(
      keys.map(async (key) => judgeCanary(seal, key, await store.get(key))),
    )
    const judgements = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : [],
    )
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (judgements.length === 0) throw failed?.reason
    return { judgements, isComplete: failed === undefined }
  }

  /** Without a canary, the records themselves tell: a store of an earlier release, or one that was emptied. */
  async function judgeAbsence(isComplete: boolean): Promise<void> {
    if (isExpected) {
      // A copy may be on the server that does not answer.
      if (!isComplete) return
      isExpected = false
      logger.error('the store was emptied: clients have to register and people to sign in again')
      return
    }
    if (isConfirmed) return
    if (exclusion) throw exclusion
    if (!isComplete)
      throw unavailable('a server of the store that may hold the canary does not answer')
    if (await removedSecrets.isForeign()) {
      exclusion = unavailable('SESSION_SECRET opens none of the records of this store')
      throw exclusion
    }
  }

  async function read(): Promise<SecretUses> {
    const { judgements, isComplete } = await readCopies()
    const refused = judgements.find((judgement) => judgement.kind === 'refused')
    const uses = judgements.flatMap((judgement) =>
      judgement.kind === 'ours' ? [judgement.uses] : [],
    )
    // A copy that was written under a secret that is gone may be left from an outage, beside ours.
    if (refused && (uses.length === 0 || refused.isFinal)) {
      isConfirmed = false
      if (!isExpected) exclusion = refused.fault
      throw refused.fault
    }
    if (uses.length === 0) await judgeAbsence(isComplete)
    else isExpected = true
    isConfirmed = true
    const all = Object.assign({}, ...uses) as SecretUses
    const since = nowSeconds() - longestLifetimeSeconds
    const removed = Object.entries(all).filter(([id, at]) => !seal.knows(id) && at > since)
    if (removed.length > 0) removedSecrets.report(Object.fromEntries(removed))
    return all
  }

  async function probe(): Promise<void> {
    await store.ping()
    const known = Object.fromEntries(seal.keyIds.map((id) => [id, nowSeconds()]))
    // Older secrets keep the time at which they were last the newest, or at which this was first written.
    const secrets = { ...known, ...(await read()), [seal.newestId]: nowSeconds() }
    const text = formatCanary(secrets)
    const writes = await Promise.allSettled(
      keys.map((key) => store.set(key, seal.seal(text, key), longestLifetimeSeconds)),
    )
    const failed = writes.find((write) => write.status === 'rejected')
    if (failed && writes.every(({ status }) => status === 'rejected')) throw failed.reason
    isExpected = true
  }

  return {
    get isConfirmed() {
      return isConfirmed
    },
    async confirm() {
      confirming ??= read().finally(() => {
        confirming = undefined
      })
      await confirming
    },
    check() {
      const atMs = options.monotonicNow()
      if (last === undefined || atMs - last.atMs >= INTERVAL_MS) last = { atMs, outcome: probe() }
      return last.outcome
    },
  }
}
