// An interaction belongs to the browser that it began in, until that browser has the answer to the client.
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

/** Cookies that no other host can set: http/browser-binding.ts. */
export interface InteractionBinding {
  set(ctx: KoaContextWithOIDC, uid: string): void
  isBound(ctx: KoaContextWithOIDC, uid: string): boolean
  clear(ctx: KoaContextWithOIDC, uid: string): void
}

/**
 * Rejects a browser that resumes an interaction of another one. The engine's own cookie does not prove whose it is:
 * it has a path, so it cannot have the __Host- prefix, and a sibling host could plant the cookie of a sign-in that
 * the attacker has completed. The victim would be signed in as the attacker.
 *
 * If the response is a 5xx, end-of-request.ts drops the cookies that it would clear.
 */
export function createResumeCheck(binding: InteractionBinding) {
  return (ctx: KoaContextWithOIDC, uid: string): void => {
    if (!binding.isBound(ctx, uid))
      throw new errors.SessionNotFound('interaction session not found')
    binding.clear(ctx, uid)
  }
}
