// The canary: a record under a fixed key, sealed under the secret, that tells whether this process and its store
// belong together and whether the store takes writes (docs/adr/0023-canary.md).
import type { Seal } from '../../crypto/seal.ts'
import { DeadlineError } from '../../deadline.ts'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { isObject } from '../../oauth/json-members.ts'
import type { Store } from '../../store/store.ts'
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

const VERSION = 1
const INTERVAL_MS = 1000

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
  const prefix = `${options.storeKeyPrefix}:canary`
  const keys = store.partitions?.map((partition) => `${prefix}:${partition}`) ?? [prefix]
  const nowSeconds = () => Math.floor(options.now() / 1000)
  let isConfirmed = false
  let wasThere = false
  let confirming: Promise<void> | undefined
  let last: { readonly atMs: number; readonly outcome: Promise<void> } | undefined

  function openSealed(sealed: string, key: string): string | undefined {
    try {
      return seal.open(sealed, key)
    } catch (cause) {
      throw unavailable(`the canary record is damaged: the seal of ${key} is broken`, cause)
    }
  }

  function parse(sealed: string, key: string): SecretUses {
    const text = openSealed(sealed, key)
    if (text === undefined) {
      isConfirmed = false
      throw unavailable(
        'SESSION_SECRET lacks the secret that the records of this store are sealed under',
      )
    }
    const { version, secrets } = readCanary(text)
    if (version !== VERSION) throw unavailable('the store was written by a newer release')
    return secrets
  }

  /** Without a canary, the records themselves tell: a store of an earlier release, or one that was emptied. */
  async function judgeAbsence(): Promise<void> {
    if (wasThere) {
      logger.error('the store was emptied: clients have to register and people to sign in again')
    } else if (await removedSecrets.isForeign().catch(assumeOurs)) {
      throw unavailable('SESSION_SECRET opens none of the records of this store')
    }
  }

  async function read(key: string): Promise<SecretUses> {
    const sealed = await store.get(key)
    if (sealed === undefined) await judgeAbsence()
    const uses = sealed === undefined ? {} : parse(sealed, key)
    wasThere ||= sealed !== undefined
    isConfirmed = true
    const since = nowSeconds() - longestLifetimeSeconds
    const removed = Object.entries(uses).filter(([id, at]) => !seal.knows(id) && at > since)
    if (removed.length > 0) removedSecrets.report(Object.fromEntries(removed))
    return uses
  }

  async function write(key: string): Promise<void> {
    const secrets = { ...(await read(key)), [seal.newestId]: nowSeconds() }
    const text = JSON.stringify({ version: VERSION, secrets })
    await store.set(key, seal.seal(text, key), longestLifetimeSeconds)
    wasThere = true
  }

  async function probe(): Promise<void> {
    await store.ping()
    await tryEach(keys, write)
  }

  return {
    get isConfirmed() {
      return isConfirmed
    },
    confirm() {
      confirming ??= tryEach(keys, read).finally(() => {
        confirming = undefined
      })
      return confirming
    },
    check() {
      const atMs = options.monotonicNow()
      if (last === undefined || atMs - last.atMs >= INTERVAL_MS) last = { atMs, outcome: probe() }
      return last.outcome
    },
  }
}

/** In a store that is too large to tell, a canary is written, and each record tells for itself. */
function assumeOurs(error: unknown): false {
  if (error instanceof DeadlineError) return false
  throw error
}

/** One server of a Cluster that works is enough: requests about its records are answered. */
async function tryEach(keys: readonly string[], act: (key: string) => Promise<unknown>) {
  let failure: unknown
  for (const key of keys) {
    try {
      await act(key)
      return
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}

function readCanary(text: string): { version: unknown; secrets: SecretUses } {
  const canary: unknown = JSON.parse(text)
  if (!isObject(canary)) throw unavailable('the canary record has an unknown shape')
  const { version, secrets } = canary
  const uses = isObject(secrets) ? Object.entries(secrets) : []
  const known = uses.filter((use): use is [string, number] => typeof use[1] === 'number')
  return { version, secrets: Object.fromEntries(known) }
}

function unavailable(reason: string, cause?: unknown): AppError {
  return new AppError('store_unavailable', { cause: new Error(reason, { cause }) })
}
