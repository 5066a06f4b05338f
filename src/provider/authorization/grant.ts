// The Grant that an approval yields: what the page listed and the person allowed, nothing more; or what
// an earlier approval is remembered to allow.
import { randomBytes } from 'node:crypto'
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Accounts } from '../../domain/account.ts'
import type { ConsentRequest, Consents } from '../../domain/consent.ts'
import { isOidcScope, parseScope } from '../../oauth/scopes.ts'
import { speakingEngine } from '../engine-errors.ts'

/** What the person of this browser's session would be asked, as far as consent depends on it. */
function describeRequest(ctx: KoaContextWithOIDC): ConsentRequest | undefined {
  const { account, client, params, prompts, resourceServers, requestParamScopes } = ctx.oidc
  const [resource, ...more] = Object.keys(resourceServers ?? {})
  if (!account || !client || resource === undefined || more.length > 0) return undefined
  return {
    accountId: account.accountId,
    clientId: client.clientId,
    resource,
    redirectUri: String(params?.['redirect_uri']),
    scopes: parseScope([...requestParamScopes].join(' ')),
    fetchSite: ctx.get('Sec-Fetch-Site') || undefined,
    asksForPerson:
      prompts.has('consent') ||
      prompts.has('login') ||
      params?.['max_age'] !== undefined ||
      params?.['login_hint'] !== undefined ||
      params?.['id_token_hint'] !== undefined,
  }
}

/**
 * Every authorization makes a Grant of its own, once it was approved; none is reused, since all
 * installations of a client may share its id, and ending one must not end another.
 */
export function createGrants(options: { consents: Consents; accounts: Pick<Accounts, 'renew'> }) {
  const { consents, accounts } = options

  /** A request that resumes comes from a page of ours; only what opens one may do without. */
  async function isRemembered({ oidc }: KoaContextWithOIDC, request: ConsentRequest) {
    if (oidc.route !== 'authorization') return false
    if (!(await speakingEngine(consents.isRemembered(request)))) return false
    // A grant made now needs the account for as long as it lives.
    return (await speakingEngine(accounts.renew(request.accountId))) !== undefined
  }

  return async function createGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { oidc } = ctx
    const request = describeRequest(ctx)
    if (!request) return undefined
    const isAsked = oidc.result?.consent !== undefined
    if (!isAsked && !(await isRemembered(ctx, request))) return undefined

    const { accountId, clientId, resource, scopes } = request
    // With an id from the start, both can be written at once. An approval alone allows nothing: it
    // counts only while its grant lives.
    const id = randomBytes(32).toString('base64url')
    const grant = new oidc.provider.Grant({ accountId, clientId })
    grant.jti = id
    const oidcScopes = scopes.filter(isOidcScope)
    if (oidcScopes.length > 0) grant.addOIDCScope(oidcScopes.join(' '))
    grant.addResourceScope(resource, scopes.join(' '))
    const recorded = speakingEngine(consents.record(request, { id, scopes, isAsked }))
    await Promise.all([grant.save(), recorded])
    return grant
  }
}
