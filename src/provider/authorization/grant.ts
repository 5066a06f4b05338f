// The Grant that an approval makes: what the page listed and the person approved, nothing more; or what a
// remembered approval covers. The access rules are asked here whatever page came before, so that no way leads around them.
import { randomBytes } from 'node:crypto'
import { errors, type Grant, type KoaContextWithOIDC } from 'oidc-provider'
import type { AccessPolicy, AccessRefusal } from '../../domain/access/access-policy.ts'
import { generationOf } from '../../domain/access/liveness.ts'
import type { Accounts } from '../../domain/account.ts'
import type { ConsentRequest, Consents } from '../../domain/consent.ts'
import type { UpstreamTokenService } from '../../domain/upstream-tokens/create-upstream-tokens.ts'
import { isOidcScope, parseScope } from '../../oauth/scopes.ts'
import type { GrantListStore } from '../../records/access/grant-list-store.ts'
import { referToGrant } from '../../records/grant-store.ts'
import type { ListedGrant } from '../../records/record-values.ts'
import { asEngineError } from '../engine-errors.ts'
import { createGrantWithId, endpointOf, requireText } from '../internals.ts'
import { findSignedInAccount, type SignedInAccount } from './signed-in-account.ts'

/** The question of the consent page to the person of this browser's session; undefined: no such person yet. */
function consentRequestOf(
  ctx: KoaContextWithOIDC,
  account: SignedInAccount | undefined,
): ConsentRequest | undefined {
  const { client, params, prompts, resourceServers, requestParamScopes } = ctx.oidc
  const [resource, ...more] = Object.keys(resourceServers ?? {})
  if (!account || !client || resource === undefined || more.length > 0) return undefined
  return {
    account: account.stored,
    clientId: client.clientId,
    resource,
    redirectUri: requireText(params?.['redirect_uri'], 'redirect_uri'),
    scopes: parseScope([...requestParamScopes].join(' ')),
    // No page may send a person through unasked (GHSA-6x8h-498w-gv8c), a page or redirect of our own included:
    // ADR 18. A browser that does not say where it comes from counts as sent by a page.
    isStartedByPerson: ctx.get('Sec-Fetch-Site') === 'none',
    asksForPerson:
      prompts.has('consent') ||
      prompts.has('login') ||
      params?.['max_age'] !== undefined ||
      params?.['login_hint'] !== undefined ||
      params?.['id_token_hint'] !== undefined,
  }
}

/**
 * Every approved authorization makes its own Grant. None is reused: all installations of a client may share its
 * id, and ending one must not end another.
 */
export function createGrantLoader(options: {
  consents: Consents
  accounts: Pick<Accounts, 'renew' | 'noteUnlistedGrants'>
  grantLists: Pick<GrantListStore, 'open'>
  accessPolicy: AccessPolicy
  onAccessRefused: (ctx: KoaContextWithOIDC, refusal: AccessRefusal) => void
  upstreamTokens: Pick<UpstreamTokenService, 'mayContinue'>
  now: () => number
}) {
  const { consents, accounts, grantLists, accessPolicy, upstreamTokens, now } = options

  /** Only a request that starts an authorization can do without a page; one that resumes has had its page. */
  async function isRemembered(ctx: KoaContextWithOIDC, request: ConsentRequest) {
    if (endpointOf(ctx) !== 'authorization') return false
    if (!(await asEngineError(consents.isRemembered(request)))) return false
    const { account, resource } = request
    if (!(await asEngineError(upstreamTokens.mayContinue(account, resource), ctx))) return false
    // The new grant needs the account for as long as it lives.
    return (await asEngineError(accounts.renew(request.account.sub))) !== undefined
  }

  /** Puts the grant on its account's list, from which it can be ended (domain/access/end-access.ts). */
  async function list(
    { stored, grantList }: SignedInAccount,
    grant: Pick<ListedGrant, 'grant' | 'clientId' | 'resource' | 'scopes'>,
  ): Promise<void> {
    const read = await (grantList ?? grantLists.open(stored.sub))
    const createdAt = Math.floor(now() / 1000)
    const dropped = await read.add({ ...grant, generation: generationOf(stored), createdAt })
    if (dropped.length > 0) await accounts.noteUnlistedGrants(stored.sub)
  }

  return async function createGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const account = findSignedInAccount(ctx)
    const asked = consentRequestOf(ctx, account)
    if (!account || !asked) return undefined
    const isAsked = ctx.oidc.result?.consent !== undefined
    const decision = accessPolicy.decide(account.stored, asked.resource, asked.scopes)
    if (decision.kind === 'refused') {
      // Otherwise the page tells the person (http/endpoints/access-gate.ts).
      if (!isAsked && !ctx.oidc.prompts.has('none')) return undefined
      const { clientId, resource } = asked
      options.onAccessRefused(ctx, {
        sub: account.accountId,
        rule: decision.rule,
        clientId,
        resource,
      })
      throw new errors.AccessDenied('the account may not use this resource with these scopes')
    }
    const request = { ...asked, scopes: decision.scopes }
    if (!isAsked && !(await isRemembered(ctx, request))) return undefined

    const { clientId, resource, scopes } = request
    const { accountId } = account
    // Grant, approval and list are written at once. The other two alone allow nothing: they count only while the grant
    // lives.
    const id = randomBytes(32).toString('base64url')
    const grant = createGrantWithId(ctx, { id, accountId, clientId })
    const oidcScopes = scopes.filter(isOidcScope)
    if (oidcScopes.length > 0) grant.addOIDCScope(oidcScopes.join(' '))
    grant.addResourceScope(resource, scopes.join(' '))
    const leftOut = asked.scopes.filter((scope) => !scopes.includes(scope))
    // Else the engine would ask for them, on the consent page that just was or that is remembered.
    if (leftOut.length > 0) grant.rejectResourceScope(resource, leftOut.join(' '))
    const recorded = asEngineError(consents.record(request, { id, scopes, isAsked }))
    const listed = asEngineError(
      list(account, { grant: referToGrant(id), clientId, resource, scopes }),
    )
    await Promise.all([grant.save(), recorded, listed])
    return grant
  }
}
