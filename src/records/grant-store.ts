// Grants, and what is left of revoked ones: a tombstone that lives as long as any token of the grant
// could, so that what a request in flight writes after the revocation is dead as well.
import { hashId } from './key-names.ts'
import type { Records } from './records.ts'

type StoredGrant = Readonly<Record<string, unknown>>

export interface GrantStore {
  /** Undefined: there is none, or it was revoked. */
  find(grantId: string): Promise<StoredGrant | undefined>
  save(grantId: string, grant: StoredGrant, ttlSeconds: number): Promise<void>
  revoke(grantId: string): Promise<void>
  /** Whether the grant that `reference` names is there and not revoked. */
  isLive(reference: string): Promise<boolean>
}

const TOMBSTONE = { revoked: true }

/** How a token names its grant without giving its id away. */
export const referToGrant = hashId

/** @param maxLifetimeSeconds of any token of a grant */
export function createGrantStore(options: {
  records: Records
  maxLifetimeSeconds: number
}): GrantStore {
  const { records, maxLifetimeSeconds } = options
  const whenLive = (value: unknown) => {
    const grant = value as StoredGrant | undefined
    return grant?.['revoked'] === true ? undefined : grant
  }
  return {
    find: async (grantId) => whenLive(await records.find('Grant', grantId)),
    save: (grantId, grant, ttlSeconds) => records.save('Grant', grantId, grant, ttlSeconds),
    revoke: (grantId) => records.save('Grant', grantId, TOMBSTONE, maxLifetimeSeconds),
    isLive: async (reference) =>
      whenLive(await records.findByHash('Grant', reference)) !== undefined,
  }
}
