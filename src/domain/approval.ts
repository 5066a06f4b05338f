// How the entries of an approval come and go: the newest grant counts for each of its scopes.
// What an approval is good for is consent.ts.
import type { Approval, ApprovalEntry } from '../records/record-values.ts'

/** A client may answer at any loopback port, each of them a redirect URI of its own. */
const MAX_ENTRIES = 20

/**
 * The approval with a further grant, which takes the place of older ones for its scopes and its redirect
 * URI. Without `expiresAt`, no page was shown for it: it counts for as long as those did, and for no
 * scope that they did not hold.
 */
export function addGrant(
  before: Approval,
  added: Omit<ApprovalEntry, 'expiresAt'> & { readonly expiresAt: number | undefined },
): Approval {
  const { redirectUri, grant, expiresAt, scopes } = added
  const rest = before.map((entry) =>
    entry.redirectUri === redirectUri
      ? { ...entry, scopes: entry.scopes.filter((scope) => !scopes.includes(scope)) }
      : entry,
  )
  const inherited = before
    .filter((entry) => entry.redirectUri === redirectUri)
    .map((entry) => ({
      ...entry,
      grant,
      scopes: entry.scopes.filter((scope) => scopes.includes(scope)),
    }))
  const made = expiresAt === undefined ? inherited : [{ redirectUri, grant, expiresAt, scopes }]
  return [...rest, ...made].filter((entry) => entry.scopes.length > 0).slice(-MAX_ENTRIES)
}

/** Scope → the newest grant that holds it, by reference. */
export function newestGrants(approval: Approval): ReadonlyMap<string, string> {
  return new Map(
    approval.flatMap(({ grant, scopes }) => scopes.map((scope) => [scope, grant] as const)),
  )
}
