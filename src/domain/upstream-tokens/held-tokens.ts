// Pure changes to the tokens of one account.
import type { HeldTokens, StoredUpstreamTokens } from '../../records/upstream/upstream-tokens.ts'
import type { UpstreamTokens } from '../../upstream/identity.ts'

/** @param tokens undefined: removes them */
export function setHeld(
  record: StoredUpstreamTokens,
  purpose: string,
  tokens: HeldTokens | undefined,
): StoredUpstreamTokens {
  const { [purpose]: _before, ...others } = record.held
  return { ...record, held: tokens ? { ...others, [purpose]: tokens } : others }
}

export function clearLease({ lease: _lease, ...record }: StoredUpstreamTokens) {
  return record
}

/** The answer to a refresh: what it leaves out stays as it was (RFC 6749 §6). */
export function applyTokens(before: HeldTokens, given: UpstreamTokens): HeldTokens {
  const { accessToken, expiresAtMs, scope, refreshToken } = given
  const rotates = refreshToken !== undefined && refreshToken !== before.refreshToken
  return {
    accessToken,
    expiresAtMs,
    scope: scope ?? before.scope,
    refreshToken: refreshToken ?? before.refreshToken,
    rotates,
    checkedAtMs: before.checkedAtMs,
    // Until the upstream has said whose they are, and the account is saved.
    isUnconfirmed: true,
  }
}

export function toUpstreamTokens(held: HeldTokens): UpstreamTokens {
  const { accessToken, refreshToken, expiresAtMs, scope } = held
  return { accessToken, refreshToken, expiresAtMs, scope }
}
