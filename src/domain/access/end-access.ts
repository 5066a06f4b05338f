// The use case behind every kill switch: it ends what an account has, or one of its grants. docs/access.md says what a
// person and a client then see, and when.

import type { AccountStore } from '../../records/access/account-store.ts'
import type { GrantListStore } from '../../records/access/grant-list-store.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import type { RefreshFamilies } from '../../records/refresh-family.ts'
import type { UpstreamTokenStore } from '../../records/upstream/upstream-token-store.ts'
import { firstGenerations, generationOf, sessionGenerationOf } from './liveness.ts'

type EndReason =
  | 'admin'
  | 'account_page'
  | 'backchannel_logout'
  | 'global_revocation'
  | 'upstream_grant_ended'
  | 'access_policy'

export interface AccessEnd {
  readonly sub: string
  readonly what: 'everything' | 'sessions' | 'grants'
  /** Ends everything, and refuses the account until `enableAccount`; also one that has not signed in yet. */
  readonly disable?: boolean
  /**
   * That the account had when this was decided. If its grants have ended since, what began afterwards stays: several refreshes
   * learn the same from the upstream, and the person may have signed in again before the last of them is done.
   */
  readonly generation?: number
  readonly reason: EndReason
}

/** For the audit log. It has no subject, which may be an e-mail address. */
export interface AccessEvent {
  readonly audit: 'access_ended' | 'grant_ended' | 'account_enabled'
  /** How the keys of the store name the account. */
  readonly account: string
  readonly reason: EndReason
  readonly what?: AccessEnd['what']
  readonly disabled?: boolean
  /** A reference to the grant. */
  readonly grant?: string
  /** How many grants of the list were ended. */
  readonly grants?: number
  /** Set if the store did not confirm all writes: the caller gets an error, and has to repeat it. */
  readonly outcome?: 'unknown'
}

export interface AccessControl {
  /**
   * When this resolves, no refresh succeeds any more on any replica, and /introspect and /userinfo know. Safe to repeat.
   * @returns whether there is such an account
   * @throws AppError store_unavailable; then repeat it
   */
  endAccess(end: AccessEnd): Promise<boolean>
  /**
   * Ends one grant of the account, on its list or not.
   * @param grant the reference of the list
   * @returns whether the account had it
   */
  endGrant(end: { sub: string; grant: string; reason: EndReason }): Promise<boolean>
  /** Sign-ins are accepted again. Access that was ended stays ended. @returns whether there is such an account */
  enableAccount(end: { sub: string; reason: EndReason }): Promise<boolean>
}

/** Grants that are ended at once, each with three or four commands. */
const BATCH = 25

export function createAccessControl(options: {
  accounts: Pick<AccountStore, 'change'>
  referToAccount: (sub: string) => string
  grants: Pick<GrantStore, 'findByReference' | 'revokeByReference'>
  grantLists: GrantListStore
  families: Pick<RefreshFamilies, 'removeOfGrant'>
  upstreamTokens: Pick<UpstreamTokenStore, 'remove'>
  onEvent: (event: AccessEvent) => void
  now: () => number
}): AccessControl {
  const { accounts, referToAccount, grants, grantLists, families, onEvent } = options

  /** The family first: it is what a refresh that is in flight needs. */
  async function endGrants(sub: string, references: readonly string[]): Promise<void> {
    for (let at = 0; at < references.length; at += BATCH) {
      await Promise.all(
        references.slice(at, at + BATCH).map(async (grant) => {
          await Promise.all([families.removeOfGrant(grant), grants.revokeByReference(grant, sub)])
        }),
      )
    }
    await grantLists.remove(sub, new Set(references))
  }

  /** A grant is not on the list if it is older than lists, or if the list was full. */
  async function hasGrant(sub: string, grant: string): Promise<boolean> {
    const listed = await grantLists.find(sub)
    if (listed.some((one) => one.grant === grant)) return true
    return (await grants.findByReference(grant))?.['accountId'] === sub
  }

  /** The audit log must have it even if an answer of the store was lost: the write may have happened. */
  async function audited<T>(event: AccessEvent, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      onEvent({ ...event, outcome: 'unknown' })
      throw error
    }
  }

  return {
    async endAccess({ sub, disable = false, generation, reason, ...end }) {
      const what = disable ? 'everything' : end.what
      const account = referToAccount(sub)
      const event = { audit: 'access_ended', account, reason, what, disabled: disable } as const
      const nowMs = options.now()
      const disabledAt = disable ? Math.floor(nowMs / 1000) : undefined
      const nobody = { sub, claims: {}, ...firstGenerations(nowMs) }
      return audited(event, async () => {
        let isOver = false
        const ended = await accounts.change(sub, (known) => {
          const current = known && generationOf(known)
          isOver = current !== undefined && current !== (generation ?? current)
          return !isOver && (known || disable)
            ? raise(known ?? nobody, what, disabledAt)
            : undefined
        })
        if (!ended && !isOver) {
          // Tokens of a sign-in that was about to make the account.
          if (what !== 'sessions') await options.upstreamTokens.remove(sub)
          return false
        }
        const listed = what === 'sessions' ? [] : await grantLists.find(sub)
        // The process that ended them may not have reached the end of the list.
        const due = isOver ? listed.filter((one) => one.generation === generation) : listed
        await endGrants(
          sub,
          due.map(({ grant }) => grant),
        )
        if (isOver) return true
        if (what !== 'sessions') await options.upstreamTokens.remove(sub)
        onEvent({ ...event, grants: listed.length })
        return true
      })
    },

    async endGrant({ sub, grant, reason }) {
      const event = { audit: 'grant_ended', account: referToAccount(sub), reason, grant } as const
      return audited(event, async () => {
        if (!(await hasGrant(sub, grant))) return false
        await endGrants(sub, [grant])
        onEvent(event)
        return true
      })
    },

    async enableAccount({ sub, reason }) {
      const event = { audit: 'account_enabled', account: referToAccount(sub), reason } as const
      return audited(event, async () => {
        const enabled = await accounts.change(
          sub,
          (known) => known && { ...known, disabledAt: undefined },
        )
        if (!enabled) return false
        onEvent(event)
        return true
      })
    },
  }
}

/** @param disabledAt undefined: the account stays as enabled or disabled as it is */
function raise(
  account: StoredAccount,
  what: AccessEnd['what'],
  disabledAt: number | undefined,
): StoredAccount {
  const endsGrants = what !== 'sessions'
  const endsSessions = what !== 'grants'
  return {
    ...account,
    ...(endsGrants ? { generation: generationOf(account) + 1, hasUnlistedGrants: undefined } : {}),
    ...(endsSessions ? { sessionGeneration: sessionGenerationOf(account) + 1 } : {}),
    disabledAt: account.disabledAt ?? disabledAt,
  }
}
