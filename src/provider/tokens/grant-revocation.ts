// Revokes a grant for a reason that our adapters find, and emits the event that the engine emits for its own.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { GrantStore } from '../../records/grant-store.ts'
import { asEngineError } from '../engine-errors.ts'

export type RevokeGrant = (grantId: string, reason?: 'access_refused') => Promise<void>

export function createGrantRevocation(options: {
  grants: Pick<GrantStore, 'revoke'>
  currentContext: () => KoaContextWithOIDC | undefined
}): RevokeGrant {
  const { grants, currentContext } = options
  return async (grantId, reason) => {
    const ctx = currentContext()
    try {
      await asEngineError(grants.revoke(grantId))
    } catch (error) {
      // The write may have happened. A retry would then find no grant, so this is the last chance to audit it.
      ctx?.oidc.provider.emit('grant.revoked', ctx, grantId, reason, 'unknown')
      throw error
    }
    ctx?.oidc.provider.emit('grant.revoked', ctx, grantId, reason)
  }
}
