// The engine's Grants. A grant counts only while its account lets it (domain/access/liveness.ts): both are read in one round
// trip at every token request.
import { type Adapter, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { generationOf, isGrantLive } from '../../domain/access/liveness.ts'
import type { Accounts } from '../../domain/account.ts'
import type { GrantStore } from '../../records/grant-store.ts'
import { findSignedInAccount } from '../authorization/signed-in-account.ts'
import { asEngineError } from '../engine-errors.ts'
import { requireText, toPayload } from '../internals.ts'
import type { AccountLookup } from './account-lookup.ts'
import { createEmptyAdapter, lifetime } from './record-adapter.ts'

export interface Grants {
  readonly adapter: Adapter
  /**
   * Call after a refresh token was redeemed. The end of an account's access removes the refresh tokens of the grants on
   * its list, so those cannot be redeemed late. For a grant that is not on the list, this reads the account again.
   * @throws errors.InvalidGrant
   */
  confirmUnlisted(ctx: KoaContextWithOIDC): Promise<void>
}

export function createGrants(options: {
  grants: Pick<GrantStore, 'find' | 'save' | 'revoke'>
  accounts: Pick<Accounts, 'find'>
  accountLookup: Pick<AccountLookup, 'find'>
  currentContext: () => KoaContextWithOIDC | undefined
  /** A client with a live grant must keep its registration. */
  renewClient: (clientId: string) => Promise<void>
}): Grants {
  const { grants, accounts, accountLookup, currentContext, renewClient } = options
  /** The requests with a grant that is not on its account's list, and how to tell whether it is still live. */
  const unlisted = new WeakMap<object, () => Promise<boolean>>()

  async function find(id: string) {
    const grant = await grants.find(id)
    if (!grant) return undefined
    const sub = requireText(grant['accountId'], 'accountId of a grant')
    const account = await accountLookup.find(sub)
    if (!isGrantLive(grant, account)) return undefined
    const isListed = grant.generation !== undefined && account?.hasUnlistedGrants !== true
    const ctx = currentContext()
    if (ctx && !isListed) {
      unlisted.set(ctx, async () => isGrantLive(grant, await accounts.find(sub)))
    }
    return grant
  }

  return {
    adapter: {
      ...createEmptyAdapter('Grant'),
      find: async (id) => toPayload(await asEngineError(find(id))),
      async upsert(id, payload, expiresIn) {
        const clientId = requireText(payload.clientId, 'clientId of a grant')
        const account = findSignedInAccount(currentContext())
        // Its generation is that of the approval: signed-in-account.ts compares them.
        const generation = account && generationOf(account.stored)
        const saved = grants.save(id, { ...payload, generation }, lifetime(expiresIn))
        await asEngineError(Promise.all([saved, renewClient(clientId)]))
      },
      destroy: (id) => asEngineError(grants.revoke(id)),
    },
    async confirmUnlisted(ctx) {
      const isStillLive = unlisted.get(ctx)
      if (isStillLive && !(await asEngineError(isStillLive()))) {
        throw new errors.InvalidGrant('grant not found')
      }
    },
  }
}
