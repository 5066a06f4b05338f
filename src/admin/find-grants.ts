// The grants of everybody, of an account or of a client: the access that somebody gave a client. Ended grants are left
// out.
import { createBoundedMap } from '../bounded-map.ts'
import { isGrantLive } from '../domain/access/liveness.ts'
import { isObject } from '../oauth/json-members.ts'
import { parseScope } from '../oauth/scopes.ts'
import type { StoredAccount, StoredGrant } from '../records/record-values.ts'
import type { AdminRecords } from './open-records.ts'
import type { Unreadable } from './page.ts'
import { formatTime } from './terminal-text.ts'

export interface FoundGrant {
  /** The reference that audit events and access tokens have too. */
  readonly grant: string
  readonly account: string
  readonly clientId: string
  readonly resources: readonly string[]
  readonly scopes: readonly string[]
  readonly since: string | null
  readonly expiresAt: string
}

interface Filter {
  readonly sub: string | undefined
  readonly clientId: string | undefined
}

const MOST_ACCOUNTS = 1000

/** Reads every grant of the store. @param options.unreadable counts those that cannot be read */
export async function* findGrants(
  { listing, stores }: Pick<AdminRecords, 'listing' | 'stores'>,
  options: { filter: Filter; unreadable: Unreadable; nowMs: number },
): AsyncIterable<FoundGrant> {
  const { filter, unreadable, nowMs } = options
  const accounts = createBoundedMap<Promise<StoredAccount | undefined>>(MOST_ACCOUNTS)
  const findAccount = (sub: string) => {
    const known = accounts.get(sub) ?? stores.records.find('Account', sub)
    accounts.set(sub, known)
    return known
  }
  for await (const { hash, value, ttlMs } of unreadable.skip(listing.list('Grant'))) {
    const grant = describeGrant(hash, value, nowMs + ttlMs)
    if (!grant) continue
    if (filter.sub !== undefined && filter.sub !== grant.account) continue
    if (filter.clientId !== undefined && filter.clientId !== grant.clientId) continue
    if (isGrantLive(value, await findAccount(grant.account))) yield grant
  }
}

/** @returns undefined if there is no such grant, or it has ended */
export async function findGrant(
  { listing, stores }: Pick<AdminRecords, 'listing' | 'stores'>,
  reference: string,
  nowMs: number,
): Promise<FoundGrant | undefined> {
  const record = await listing.findByHash('Grant', reference)
  const grant = record?.value && describeGrant(reference, record.value, nowMs + record.ttlMs)
  if (!record?.value || !grant) return undefined
  const account = await stores.records.find('Account', grant.account)
  return isGrantLive(record.value, account) ? grant : undefined
}

/** @returns undefined for a tombstone */
function describeGrant(
  reference: string,
  value: StoredGrant,
  expiresAtMs: number,
): FoundGrant | undefined {
  const { accountId, clientId, resources, iat } = value
  if (typeof accountId !== 'string' || typeof clientId !== 'string') return undefined
  const byResource = isObject(resources) ? Object.entries(resources) : []
  const scopes = byResource.flatMap(([, scope]) =>
    typeof scope === 'string' ? parseScope(scope) : [],
  )
  return {
    grant: reference,
    account: accountId,
    clientId,
    resources: byResource.map(([resource]) => resource),
    scopes: [...new Set(scopes)],
    since: typeof iat === 'number' ? formatTime(iat * 1000) : null,
    expiresAt: formatTime(expiresAtMs),
  }
}
