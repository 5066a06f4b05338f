// The grants of an account that can still be used, for whoever shows them: the account's list, without those that have
// ended or expired since.
import type { GrantListStore } from '../../records/access/grant-list-store.ts'
import type { AccountStore } from '../../records/account-store.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import type { ListedGrant } from '../../records/record-values.ts'
import type { FamilyUse, RefreshFamilies } from '../../records/refresh-family.ts'
import { isGrantLive } from './liveness.ts'

interface LiveGrant extends ListedGrant {
  /** Of its refresh tokens. Undefined: the client has none, and its access token is still valid. */
  readonly use: FamilyUse | undefined
}

/** Newest first. Two commands for each grant of the list, in one round trip. */
export type FindLiveGrants = (sub: string) => Promise<readonly LiveGrant[]>

export function createFindLiveGrants(options: {
  accounts: Pick<AccountStore, 'find'>
  grants: Pick<GrantStore, 'findByReference'>
  grantLists: Pick<GrantListStore, 'find'>
  families: Pick<RefreshFamilies, 'findUse'>
  /** How long a grant without refresh tokens can be used: the lifetimes of a code and an access token. */
  withoutRefreshSeconds: number
  now: () => number
}): FindLiveGrants {
  const { accounts, grants, grantLists, families, withoutRefreshSeconds, now } = options
  return async (sub) => {
    const [account, listed] = await Promise.all([accounts.find(sub), grantLists.find(sub)])
    const found = await Promise.all(
      listed.map(async (one) => {
        if (!isGrantLive(one, account)) return []
        const [grant, use] = await Promise.all([
          grants.findByReference(one.grant),
          families.findUse(one.grant),
        ])
        const isUsable = use !== undefined || one.createdAt + withoutRefreshSeconds > now() / 1000
        return grant && isUsable ? [{ ...one, use }] : []
      }),
    )
    return found.flat().toReversed()
  }
}
