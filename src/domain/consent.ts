// What a person has allowed before, and when that is enough not to ask again. An approval counts for as
// long as a grant that came of it lives: who signs a client out is asked anew.
import type { Config } from '../config/load.ts'
import type { RedirectPolicy } from '../oauth/redirect-uri.ts'
import { OIDC_SCOPES } from '../oauth/scopes.ts'
import type { ApprovalKey, ApprovalStore } from '../records/approval-store.ts'
import { type GrantStore, referToGrant } from '../records/grant-store.ts'
import { addGrant, newestGrants } from './approval.ts'

export interface ConsentRequest {
  readonly accountId: string
  readonly clientId: string
  readonly resource: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** Whether the browser says that no other site sent it here. */
  readonly isFromThisSite: boolean
  /** Whether the client asked for the page or for a login: `prompt`, `max_age` and hints. */
  readonly asksForPerson: boolean
}

type Decision = Pick<ConsentRequest, 'accountId' | 'clientId' | 'resource' | 'redirectUri'>

export interface Consents {
  /** The scopes that living grants of this account hold for this client at this resource. */
  findAllowed(
    of: Pick<Decision, 'accountId' | 'clientId' | 'resource'>,
  ): Promise<ReadonlySet<string>>
  /** Whether the request may go on without a page. */
  isRemembered(request: ConsentRequest): Promise<boolean>
  /** Keeps what a grant allows. `isAsked` false: no page was shown, and its time is not made longer. */
  record(
    decision: Decision,
    grant: { readonly id: string; readonly scopes: readonly string[]; readonly isAsked: boolean },
  ): Promise<void>
}

export function createConsents(options: {
  config: Pick<Config, 'consent' | 'lifetimes'>
  approvals: ApprovalStore
  grants: Pick<GrantStore, 'isLive'>
  redirectPolicy: RedirectPolicy
  now: () => number
}): Consents {
  const { config, approvals, grants, redirectPolicy, now } = options
  const forwarding = new Set(config.consent.forwardingRedirectUris)

  /** @param redirectUri undefined: whatever it was */
  async function findLive(key: ApprovalKey, redirectUri?: string): Promise<ReadonlySet<string>> {
    const entries = await approvals.find(key)
    const counted = entries.filter(
      (entry) => redirectUri === undefined || entry.redirectUri === redirectUri,
    )
    const held = [...newestGrants(counted)]
    const references = [...new Set(held.map(([, grant]) => grant))]
    const isLive = await Promise.all(references.map((grant) => grants.isLive(grant)))
    const live = new Set(references.filter((_, index) => isLive[index]))
    return new Set(held.filter(([, grant]) => live.has(grant)).map(([scope]) => scope))
  }

  function mayBeRemembered(redirectUri: string): boolean {
    if (config.consent.mode !== 'remember') return false
    switch (redirectPolicy.findTarget(redirectUri)?.kind) {
      case 'https':
        // It leads to whatever program has put its own address into `state`.
        return !forwarding.has(redirectUri) || config.consent.rememberLoopback
      case 'loopback':
        return config.consent.rememberLoopback
      case 'private-use':
        return config.consent.rememberPrivateUse
      default:
        return false
    }
  }

  return {
    findAllowed: (of) => findLive(of),

    async isRemembered({ accountId, clientId, resource, redirectUri, ...request }) {
      const { scopes } = request
      if (!mayBeRemembered(redirectUri) || request.asksForPerson) return false
      if (!request.isFromThisSite || scopes.length === 0) return false
      const allowed = await findLive({ accountId, clientId, resource }, redirectUri)
      return scopes.every((scope) => allowed.has(scope))
    },

    async record({ accountId, clientId, resource, redirectUri }, { id, scopes, isAsked }) {
      const inFull = Math.floor(now() / 1000) + config.lifetimes.refreshMaxLifetimeSeconds
      const added = {
        // Without it the page still knows what is allowed.
        redirectUri: mayBeRemembered(redirectUri) ? redirectUri : undefined,
        grant: referToGrant(id),
        expiresAt: isAsked ? inFull : undefined,
        scopes,
      }
      await approvals.change({ accountId, clientId, resource }, (before) => addGrant(before, added))
    },
  }
}

/** How a request looks to someone who has allowed some of it, or of its resource, before. */
export interface StepUp {
  /** What the grant will hold: what is asked, then what is kept. */
  readonly scopes: readonly string[]
  /** Those of `scopes` that were allowed before. */
  readonly allowed: ReadonlySet<string>
  /** Those of `scopes` that the client left out. */
  readonly kept: readonly string[]
}

/**
 * A request for something new lists what was granted already as well, and the new grant holds both, so
 * that a client that asks for the new scope alone loses nothing: neither scopes of the resource server
 * (MCP authorization, Step-Up) nor `openid`, without which it has no /userinfo. A request for nothing
 * new is what it is.
 */
export function planStepUp(
  asked: readonly string[],
  allowed: ReadonlySet<string>,
  resourceScopes: readonly string[],
): StepUp {
  const isStepUp = asked.some((scope) => !allowed.has(scope))
  if (!isStepUp || allowed.size === 0) return { scopes: asked, allowed: new Set(), kept: [] }
  // A scope may have gone from the configuration since.
  const known = [...OIDC_SCOPES, ...resourceScopes]
  const kept = known.filter((scope) => allowed.has(scope) && !asked.includes(scope))
  const scopes = [...asked, ...kept]
  return { scopes, kept, allowed: new Set(scopes.filter((scope) => allowed.has(scope))) }
}
