// The Grant that an approval yields: what the page listed and the person allowed, nothing more.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import { OIDC_SCOPES, parseScope } from '../domain/scopes.ts'

/**
 * Every authorization makes a Grant of its own, once it was approved; none is reused, since all
 * installations of a client may share its id, and ending one must not end another.
 */
export async function createGrantOfApproval(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx
  if (!oidc.result?.consent || !oidc.account || !oidc.client) return undefined
  const grant = new oidc.provider.Grant({
    accountId: oidc.account.accountId,
    clientId: oidc.client.clientId,
  })
  const scopes = parseScope([...oidc.requestParamScopes].join(' '))
  const oidcScopes = scopes.filter((scope) => Object.hasOwn(OIDC_SCOPES, scope))
  if (oidcScopes.length > 0) grant.addOIDCScope(oidcScopes.join(' '))
  for (const resource of Object.keys(oidc.resourceServers ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '))
  }
  await grant.save()
  return grant
}
