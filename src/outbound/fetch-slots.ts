// How many fetches run at once, and for whom. Strangers choose the URLs, and a silent host keeps its slot until
// the timeout, so neither one sender, nor one site, nor all new sites together can take every slot.
import { registeredDomainOf, siteOf } from './site.ts'

const MAX_SHARED = 48
const MAX_SHARED_PER_SITE = 8
/** For origins that have answered before (answering-origins.ts). */
const MAX_RESERVED = 16
const MAX_RESERVED_PER_DOMAIN = 2
const MAX_PER_SENDER = 8
const MAX_PER_SENDER_AND_SITE = 3

interface FetchSlots {
  /** @returns the function that frees the slot; undefined if none is free */
  take(fetch: {
    readonly hostname: string
    /** By network address. Senders that are not known are one sender: the empty text. */
    readonly sender: string
    readonly hasAnswered: boolean
  }): (() => void) | undefined
}

interface Limit {
  readonly key: string
  readonly max: number
}

export function createFetchSlots(): FetchSlots {
  const running = new Map<string, number>()
  const isFree = ({ key, max }: Limit) => (running.get(key) ?? 0) < max
  function count(limits: readonly Limit[], change: 1 | -1): void {
    for (const { key } of limits) {
      const sum = (running.get(key) ?? 0) + change
      if (sum > 0) running.set(key, sum)
      else running.delete(key)
    }
  }

  return {
    take({ hostname, sender, hasAnswered }) {
      const site = siteOf(hostname)
      const ofSender = [
        limit(MAX_PER_SENDER, 'sender', sender),
        limit(MAX_PER_SENDER_AND_SITE, 'sender and site', sender, site),
      ]
      const reserved = [
        limit(MAX_RESERVED, 'reserved'),
        limit(MAX_RESERVED_PER_DOMAIN, 'reserved', registeredDomainOf(hostname)),
      ]
      const shared = [limit(MAX_SHARED, 'shared'), limit(MAX_SHARED_PER_SITE, 'shared', site)]
      const pool = [...(hasAnswered ? [reserved] : []), shared].find((pool) => pool.every(isFree))
      if (!pool || !ofSender.every(isFree)) return undefined
      const taken = [...ofSender, ...pool]
      count(taken, 1)
      return () => count(taken, -1)
    },
  }
}

const limit = (max: number, ...of: string[]): Limit => ({ key: JSON.stringify(of), max })
