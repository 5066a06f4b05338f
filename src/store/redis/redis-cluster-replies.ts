// Reads what Cluster nodes answer: the table of slots, and the redirects MOVED and ASK.

import type { RedisEndpoint } from './redis-url.ts'

const SLOT_COUNT = 16_384

interface SlotRange {
  readonly from: number
  readonly to: number
  readonly master: RedisEndpoint
}

export interface Redirect {
  /** ASK is for this command only and needs ASKING first; MOVED is for good. */
  readonly isAsk: boolean
  readonly endpoint: RedisEndpoint
}

/**
 * @param ranges the answer to CLUSTER SLOTS; an empty host there means the node that answered
 * @returns the master of each slot, undefined for a slot that no node owns
 */
export function createSlotTable(
  ranges: readonly SlotRange[],
  answeringHost: string,
): (RedisEndpoint | undefined)[] {
  if (ranges.length === 0) throw new Error('CLUSTER SLOTS returned no slots')
  const table = new Array<RedisEndpoint | undefined>(SLOT_COUNT).fill(undefined)
  for (const { from, to, master } of ranges) {
    table.fill({ host: master.host || answeringHost, port: master.port }, from, to + 1)
  }
  return table
}

/** Reads `MOVED 3999 127.0.0.1:6381`. An empty host means the node that answered. */
export function parseRedirect(error: unknown, answeringHost: string): Redirect | undefined {
  const [, kind, host, port] =
    /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(error instanceof Error ? error.message : '') ?? []
  if (!kind) return undefined
  return { isAsk: kind === 'ASK', endpoint: { host: host || answeringHost, port: Number(port) } }
}
