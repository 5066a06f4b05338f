// The grants of an account that still give a client access, for the person to whom it belongs. end-access.ts ends them.
import type { Config } from '../../config/load.ts'
import type { GrantListStore } from '../../records/access/grant-list-store.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import type { ListedGrant, StoredAccount } from '../../records/record-values.ts'
import type { RefreshFamilies } from '../../records/refresh-family.ts'
import { isGrantLive } from './liveness.ts'

/** All times are seconds since the epoch. */
export interface GrantSummary extends ListedGrant {
  /** When the client last got tokens; undefined: only those of its sign-in. */
  readonly lastUsedAt: number | undefined
  /** The end of the grant, whatever the client does. */
  readonly endsAt: number
}

export interface GrantedAccess {
  /** Newest first. */
  list(account: StoredAccount): Promise<readonly GrantSummary[]>
}

export function createGrantedAccess(options: {
  config: Pick<Config, 'lifetimes'>
  grants: Pick<GrantStore, 'findByReference'>
  grantLists: Pick<GrantListStore, 'find'>
  families: Pick<RefreshFamilies, 'findUse'>
  now: () => number
}): GrantedAccess {
  const { grants, grantLists, families, now } = options
  const { authorizationCodeSeconds, refreshMaxLifetimeSeconds } = options.config.lifetimes

  async function summarise(
    listed: ListedGrant,
    account: StoredAccount,
  ): Promise<GrantSummary | undefined> {
    const [grant, use] = await Promise.all([
      grants.findByReference(listed.grant),
      families.findUse(listed.grant),
    ])
    if (!grant || !isGrantLive(grant, account)) return undefined
    const codeExpiresAt = listed.createdAt + authorizationCodeSeconds
    // The client did not fetch its tokens, or has not used them for too long: it cannot get any more.
    if (!use && codeExpiresAt < now() / 1000) return undefined
    const endsAt = listed.createdAt + refreshMaxLifetimeSeconds
    return { ...listed, lastUsedAt: use?.lastUsedAt, endsAt }
  }

  return {
    async list(account) {
      const listed = await grantLists.find(account.sub)
      const summaries = await Promise.all(listed.map((one) => summarise(one, account)))
      return summaries.filter((summary) => summary !== undefined).toReversed()
    },
  }
}
