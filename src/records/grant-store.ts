// Grants. A revoked grant leaves a tombstone that lives as long as any token of the grant could, so that
// a token written by a request that was in flight is dead too.
import { hashId } from './key-names.ts'
import type { StoredGrant } from './record-values.ts'
import type { Records } from './records.ts'

export interface GrantStore {
  /** Undefined: there is none, or it was revoked. */
  find(grantId: string): Promise<StoredGrant | undefined>
  save(grantId: string, grant: StoredGrant, ttlSeconds: number): Promise<void>
  revoke(grantId: string): Promise<void>
  /** @param reference made by `referToGrant` */
  findByReference(reference: string): Promise<StoredGrant | undefined>
  /** Revokes a grant of this account; does nothing if it is another's. */
  revokeByReference(reference: string, accountId: string): Promise<void>
}

const TOMBSTONE: StoredGrant = { revoked: true }

/** How a token names its grant without revealing the grant's id. */
export const referToGrant = hashId

/** @param options.maxLifetimeSeconds of any token of a grant */
export function createGrantStore(options: {
  records: Records
  maxLifetimeSeconds: number
}): GrantStore {
  const { records, maxLifetimeSeconds } = options
  const whenLive = (grant: StoredGrant | undefined) => (grant?.revoked === true ? undefined : grant)
  return {
    find: async (grantId) => whenLive(await records.find('Grant', grantId)),
    save: (grantId, grant, ttlSeconds) => records.save('Grant', grantId, grant, ttlSeconds),
    revoke: (grantId) => records.save('Grant', grantId, TOMBSTONE, maxLifetimeSeconds),
    findByReference: async (reference) =>
      whenLive((await records.openByHash('Grant', reference))?.value),
    async revokeByReference(reference, accountId) {
      const record = await records.openByHash('Grant', reference)
      if (record?.value['accountId'] !== accountId) return
      // If this fails, another request has revoked it: a grant never changes otherwise.
      await record.replace(TOMBSTONE, maxLifetimeSeconds)
    },
  }
}
