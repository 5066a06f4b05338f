// The approvals that a person gave before, and when they are enough to skip the consent page. An approval counts as long as
// a grant made from it lives, so a person who signs a client out is asked again.
import type { Config } from '../config/load.ts'
import type { RedirectPolicy } from '../oauth/redirect-uri.ts'
import { OIDC_SCOPES } from '../oauth/scopes.ts'
import type { ApprovalStore } from '../records/approval-store.ts'
import { type GrantStore, referToGrant } from '../records/grant-store.ts'
import type { StoredAccount } from '../records/record-values.ts'
import { isGrantLive } from './access/liveness.ts'
import { addGrant, newestEntries } from './approval.ts'

export interface ConsentRequest {
  /** Approvals by grants of another generation do not count (access/liveness.ts). */
  readonly account: StoredAccount
  readonly clientId: string
  readonly resource: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** Whether the browser says that no page sent it here: a person typed, or another program opened, the URL. */
  readonly isStartedByPerson: boolean
  /** Whether the client asks for the page or a sign-in, by `prompt`, `max_age` or a hint. */
  readonly asksForPerson: boolean
}

type Decision = Pick<ConsentRequest, 'account' | 'clientId' | 'resource' | 'redirectUri'>

/** Scope → when the person allowed it, in seconds since the epoch; undefined: that is not known. */
export type AllowedScopes = ReadonlyMap<string, number | undefined>

export interface Consents {
  /** The scopes that live grants of this account hold for this client at this resource. */
  findAllowed(of: Pick<Decision, 'account' | 'clientId' | 'resource'>): Promise<AllowedScopes>
  /** Whether the request may continue without a page. */
  isRemembered(request: ConsentRequest): Promise<boolean>
  /** Records what a grant allows. If `isAsked` is false no page was shown, and the approval expires as before. */
  record(
    decision: Decision,
    grant: { readonly id: string; readonly scopes: readonly string[]; readonly isAsked: boolean },
  ): Promise<void>
}

export function createConsents(options: {
  config: Pick<Config, 'consent' | 'lifetimes'>
  approvals: ApprovalStore
  grants: Pick<GrantStore, 'findByReference'>
  redirectPolicy: RedirectPolicy
  now: () => number
}): Consents {
  const { config, approvals, grants, redirectPolicy, now } = options
  const forwarding = new Set(config.consent.forwardingRedirectUris)

  /** @param redirectUri undefined: approvals for any redirect URI count */
  async function findLive(
    { account, clientId, resource }: Pick<Decision, 'account' | 'clientId' | 'resource'>,
    redirectUri?: string,
  ): Promise<AllowedScopes> {
    const key = { accountId: account.sub, clientId, resource }
    const entries = await approvals.find(key)
    const counted = entries.filter(
      (entry) => redirectUri === undefined || entry.redirectUri === redirectUri,
    )
    const held = [...newestEntries(counted)]
    const references = [...new Set(held.map(([, { grant }]) => grant))]
    const found = await Promise.all(references.map((grant) => grants.findByReference(grant)))
    const live = new Set(
      references.filter((_, index) => {
        const grant = found[index]
        return grant !== undefined && isGrantLive(grant, account)
      }),
    )
    return new Map(
      held
        .filter(([, { grant }]) => live.has(grant))
        .map(([scope, { allowedAt }]) => [scope, allowedAt] as const),
    )
  }

  function mayBeRemembered(redirectUri: string): boolean {
    if (config.consent.mode !== 'remember') return false
    switch (redirectPolicy.findTarget(redirectUri)?.kind) {
      case 'https':
        // A forwarding page sends the response on to any program that put its address into `state`.
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

    async isRemembered({ account, clientId, resource, redirectUri, ...request }) {
      const { scopes } = request
      if (!mayBeRemembered(redirectUri) || request.asksForPerson) return false
      if (!request.isStartedByPerson || scopes.length === 0) return false
      const allowed = await findLive({ account, clientId, resource }, redirectUri)
      return scopes.every((scope) => allowed.has(scope))
    },

    async record({ account, clientId, resource, redirectUri }, { id, scopes, isAsked }) {
      const allowedAt = Math.floor(now() / 1000)
      const fromNow = allowedAt + config.lifetimes.refreshMaxLifetimeSeconds
      const added = {
        // Without a redirect URI, the entry only tells the page what was allowed.
        redirectUri: mayBeRemembered(redirectUri) ? redirectUri : undefined,
        grant: referToGrant(id),
        expiresAt: isAsked ? fromNow : undefined,
        allowedAt,
        scopes,
      }
      const key = { accountId: account.sub, clientId, resource }
      await approvals.change(key, (before) => addGrant(before, added))
    },
  }
}

/** A request of a client that the person has allowed something at this resource before. */
export interface StepUp {
  /** The scopes of the new grant: those requested, then those kept. */
  readonly scopes: readonly string[]
  /** Those of `scopes` that were allowed before. */
  readonly allowed: ReadonlySet<string>
  /** Those of `scopes` that the client left out. */
  readonly kept: readonly string[]
  /** Everything that the request asks for was allowed before. */
  readonly isRepeat: boolean
}

/**
 * The grant of a request for new scopes also keeps the scopes that were allowed before, so that a client which
 * requests only the new scope loses nothing: neither scopes of the resource server (MCP authorization, Step-Up)
 * nor `openid`, which /userinfo needs. A request without new scopes gets what it names.
 */
export function planStepUp(
  asked: readonly string[],
  allowed: ReadonlySet<string>,
  resourceScopes: readonly string[],
): StepUp {
  const isStepUp = asked.some((scope) => !allowed.has(scope))
  if (!isStepUp) return { scopes: asked, allowed: new Set(), kept: [], isRepeat: asked.length > 0 }
  // The configuration may have lost a scope since.
  const known = [...OIDC_SCOPES, ...resourceScopes]
  const kept = known.filter((scope) => allowed.has(scope) && !asked.includes(scope))
  const scopes = [...asked, ...kept]
  const remaining = new Set(scopes.filter((scope) => allowed.has(scope)))
  return { scopes, kept, allowed: remaining, isRepeat: false }
}
