// How an approval changes with each grant: for each scope, the newest grant that holds it counts. consent.ts
// decides what an approval allows.
import type { Approval, ApprovalEntry } from '../records/record-values.ts'

/** Each loopback port that a client uses is a redirect URI, and so an entry, of its own. */
const MAX_ENTRIES = 20

/**
 * The approval with another grant, which replaces older ones for its scopes and redirect URI. Without
 * `expiresAt` the grant was made without a page: then it inherits the times and only the scopes of those it
 * replaces.
 */
export function addGrant(
  before: Approval,
  added: Omit<ApprovalEntry, 'expiresAt'> & { readonly expiresAt: number | undefined },
): Approval {
  const { redirectUri, grant, expiresAt, allowedAt, scopes } = added
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
  const made =
    expiresAt === undefined ? inherited : [{ redirectUri, grant, expiresAt, allowedAt, scopes }]
  return [...rest, ...made].filter((entry) => entry.scopes.length > 0).slice(-MAX_ENTRIES)
}

/** Scope → the entry of the newest grant that holds it. */
export function newestEntries(approval: Approval): ReadonlyMap<string, ApprovalEntry> {
  return new Map(approval.flatMap((entry) => entry.scopes.map((scope) => [scope, entry] as const)))
}
