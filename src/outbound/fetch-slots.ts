// How many fetches run at once, and for whom. Strangers choose the URLs, and a silent host keeps its slot until
// the timeout, so neither one sender, nor one site, nor all new sites together can take every slot.
import { getDomain } from 'tldts'
import { createBoundedMap } from '../bounded-map.ts'

const MAX_RUNNING = 64
/** The other slots are kept for sites that have answered before. */
const MAX_RUNNING_NEW = 48
const MAX_RUNNING_PER_SITE = 8
const MAX_RUNNING_PER_SENDER = 8
const MAX_ANSWERING_SITES = 5000

export interface FetchSlots {
  /**
   * @param sender undefined: unknown, and not limited
   * @returns the function that frees the slot; undefined if none is free
   */
  take(hostname: string, sender: string | undefined): (() => void) | undefined
  /** The host answered in time. */
  noteAnswer(hostname: string): void
  /** The host did not answer in time, so its site counts as new again. */
  noteSilence(hostname: string): void
}

/**
 * The registrable domain: whoever owns one has any number of host names. A customer's subdomain of a hosting
 * platform (`name.github.io`) is a site of its own, so that customers cannot keep each other out.
 */
const siteOf = (hostname: string) => getDomain(hostname, { allowPrivateDomains: true }) ?? hostname

export function createFetchSlots(): FetchSlots {
  const running = { all: 0, new: 0 }
  const runningBySite = createCounter()
  const runningBySender = createCounter()
  const answering = createBoundedMap<true>(MAX_ANSWERING_SITES)

  return {
    take(hostname, sender) {
      const site = siteOf(hostname)
      const isNew = !answering.get(site)
      if (running.all >= MAX_RUNNING || (isNew && running.new >= MAX_RUNNING_NEW)) return undefined
      if (runningBySite.get(site) >= MAX_RUNNING_PER_SITE) return undefined
      if (sender !== undefined && runningBySender.get(sender) >= MAX_RUNNING_PER_SENDER) {
        return undefined
      }
      const count = (change: 1 | -1) => {
        running.all += change
        if (isNew) running.new += change
        runningBySite.add(site, change)
        if (sender !== undefined) runningBySender.add(sender, change)
      }
      count(1)
      return () => count(-1)
    },
    noteAnswer: (hostname) => answering.set(siteOf(hostname), true),
    noteSilence: (hostname) => answering.delete(siteOf(hostname)),
  }
}

function createCounter() {
  const counts = new Map<string, number>()
  return {
    get: (key: string) => counts.get(key) ?? 0,
    add(key: string, change: number) {
      const count = (counts.get(key) ?? 0) + change
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
    },
  }
}
