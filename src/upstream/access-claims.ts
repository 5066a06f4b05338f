// The claims that the operator lists in `access.claims`, read from what the upstream asserts.
import type { ClaimPath, ClaimSource, ClaimSources } from '../config/access/claim-sources.ts'
import { isObject, type Members } from '../oauth/json-members.ts'

/** As JSON. They are kept with the account, which each refresh reads. */
const MAX_BYTES = 16 * 1024

/**
 * Without those that the upstream did not assert.
 * @throws Error if they are too large together: leaving some out could let somebody in whom a rule refuses
 */
export function readAccessClaims(claims: Members, sources: ClaimSources): Members {
  const found = Object.entries(sources)
    .map(([name, source]) => [name, readClaim(claims, source)] as const)
    .filter(([, value]) => value !== undefined && value !== null)
  const read: Members = Object.fromEntries(found)
  if (Buffer.byteLength(JSON.stringify(read)) > MAX_BYTES) {
    const names = found.map(([name]) => name).join(', ')
    throw new Error(`the claims ${names} have more than 16 KiB: let the upstream send fewer groups`)
  }
  return read
}

/** No condition can read it (domain/access/access-condition.ts). */
const UNREADABLE = {}

/** Whether the upstream asserted the claim, even if as an empty list. */
export function hasClaim(claims: Members, source: ClaimSource): boolean {
  return readClaim(claims, source) !== undefined
}

function readClaim(claims: Members, source: ClaimSource): unknown {
  if (typeof source === 'string' || Array.isArray(source)) return follow(claims, source)
  const found = follow(claims, source['keys-of'])
  if (found === undefined || found === null) return undefined
  // A value without members must not pass for an absent one: a rule that denies would then let the person in.
  return isObject(found) ? Object.keys(found) : UNREADABLE
}

function follow(claims: Members, path: ClaimPath): unknown {
  if (typeof path === 'string' && Object.hasOwn(claims, path)) return claims[path]
  const steps = typeof path === 'string' ? path.split('.') : path
  return steps.reduce<unknown>(step, claims)
}

/** Of a list, the members of its elements. */
function step(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => step(element, name)).filter((found) => found !== undefined)
  }
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
