// Ending a grant for a reason that our adapters find, told like the engine tells of its own.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { GrantStore } from '../../records/grant-store.ts'
import { speakingEngine } from '../engine-errors.ts'

export function createGrantRevocation(options: {
  grants: Pick<GrantStore, 'revoke'>
  currentContext: () => KoaContextWithOIDC | undefined
}): (grantId: string) => Promise<void> {
  const { grants, currentContext } = options
  return async (grantId) => {
    const ctx = currentContext()
    try {
      await speakingEngine(grants.revoke(grantId))
    } catch (error) {
      // It may have been written: whoever asks again is then told that there is no such grant, and this
      // is the last that is heard of it.
      ctx?.oidc.provider.emit('grant.revoked', ctx, grantId, 'unknown')
      throw error
    }
    ctx?.oidc.provider.emit('grant.revoked', ctx, grantId)
  }
}
