// Reads what Sentinels answer to SENTINEL MASTER.

import type { RedisEndpoint } from './redis-url.ts'

export interface MasterReply {
  readonly endpoint: RedisEndpoint
  /** Increases with every failover. */
  readonly configEpoch: number
}

/**
 * @param reply a flat list: name, value, name, value, …
 * @throws when it does not name an address and an epoch
 */
export function parseMasterReply(reply: unknown): MasterReply {
  const fields = parseFields(reply)
  const host = fields.get('ip')
  const port = parseWholeNumber(fields.get('port'))
  const configEpoch = parseWholeNumber(fields.get('config-epoch'))
  if (!host || !port || port > 65_535 || configEpoch === undefined) {
    throw new Error('SENTINEL MASTER returned no valid ip, port or config-epoch')
  }
  return { endpoint: { host, port }, configEpoch }
}

/** The newest answer wins: a Sentinel that was cut off still names the master of an earlier epoch. */
export function selectMaster(replies: readonly MasterReply[]): RedisEndpoint | undefined {
  return replies.toSorted((a, b) => b.configEpoch - a.configEpoch)[0]?.endpoint
}

function parseFields(reply: unknown): Map<string, string> {
  const fields = new Map<string, string>()
  if (!Array.isArray(reply)) return fields
  for (let n = 0; n + 1 < reply.length; n += 2) {
    const [name, value]: unknown[] = reply.slice(n, n + 2)
    if (typeof name === 'string' && typeof value === 'string') fields.set(name, value)
  }
  return fields
}

function parseWholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}
