// How the upstream can be asked again about a person, with the tokens that it gave: docs/providers.md has what each provider
// allows.
import type { Config } from '../../config/load.ts'
import type { HeldTokens } from '../../records/upstream/upstream-tokens.ts'

export type Means = 'refresh' | 'userinfo' | 'none'

export function createMeans(options: {
  upstream: Config['upstream']
  /** Whether accounts are re-validated with tokens. */
  isRevalidating: boolean
  isExpired: (tokens: HeldTokens) => boolean
}): (tokens: HeldTokens) => Means {
  const { upstream, isExpired } = options
  const mayAskUserinfo = options.isRevalidating && saysEnough(upstream)
  return function meansOf(tokens) {
    if (upstream.revalidation === 'userinfo' && !isExpired(tokens)) return 'userinfo'
    if (tokens.refreshToken !== undefined) return 'refresh'
    // Without an end, a token that has expired would look like a sign-in that has ended.
    const isKnownToLive = tokens.expiresAtMs !== undefined && !isExpired(tokens)
    return mayAskUserinfo && isKnownToLive ? 'userinfo' : 'none'
  }
}

/**
 * Whether userinfo says all that names the person and that rules read. If the ID token alone had some of it, a person whom
 * nobody has removed would lose access.
 */
function saysEnough(upstream: Config['upstream']): boolean {
  if (upstream.userinfo === 'always') return true
  const { subjectClaims, accessClaims, verifiedEmail, emailDomainClaim, tenants } = upstream
  return (
    upstream.userinfo !== 'never' &&
    subjectClaims.join() === 'sub' &&
    Object.keys(accessClaims).length === 0 &&
    typeof verifiedEmail !== 'object' &&
    emailDomainClaim === undefined &&
    tenants === undefined
  )
}
