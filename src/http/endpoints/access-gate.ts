// The access rules at the pages of an authorization: the scopes that the person may grant, or the page that says why they
// may grant nothing. provider/authorization/grant.ts asks the rules once more when it makes the grant.
import type { Context } from 'koa'
import { selectTranslation } from '../../config/language.ts'
import type { Config } from '../../config/load.ts'
import type { CsrfTokens } from '../../crypto/csrf-token.ts'
import type { AccessPolicy, AccessRefusal } from '../../domain/access/access-policy.ts'
import { labelAccount } from '../../domain/account.ts'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { AppError } from '../../errors.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { PendingInteraction } from '../../provider/authorization/interactions.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { createPageFrame } from '../page-frame.ts'
import { requestState } from '../request-state.ts'
import { interactionPath } from '../routes.ts'
import { renderRefusalPage } from '../views/refusal-page.ts'

/** The query of the consent page for a person who wants to use another account than that of this browser. */
export const ANOTHER_ACCOUNT = 'account=another'

export interface AccessGate {
  /**
   * The requested scopes that the account may grant. Undefined if there are none: the page is written.
   * @param options.isApproved whether the person has allowed this client already, and so may go on at the upstream
   */
  admit(
    ctx: Context,
    request: { pending: PendingInteraction; account: StoredAccount; isApproved: boolean },
  ): readonly string[] | undefined
  /** Those of `scopes` that the account may keep, without a page. */
  keep(
    account: StoredAccount | undefined,
    resource: string,
    scopes: ReadonlySet<string>,
  ): ReadonlySet<string>
}

export function createAccessGate(options: {
  accessPolicy: AccessPolicy
  servers: ResourceServers
  csrfTokens: CsrfTokens
  onAccessRefused: (ctx: Context, refusal: AccessRefusal) => void
  config: Pick<Config, 'access' | 'upstream'>
}): AccessGate {
  const { accessPolicy, servers, csrfTokens, config } = options

  function writePage(
    ctx: Context,
    request: { pending: PendingInteraction; account: StoredAccount; isApproved: boolean },
  ): void {
    const { pending, account, isApproved } = request
    const { uid, resource } = pending
    const server = servers.find(resource)
    if (!server) throw new AppError('interaction_expired')
    const frame = createPageFrame(ctx)
    const { contact } = config.access
    const all = accessPolicy.decide(account, resource, Object.keys(server.scopes))
    const state = requestState(ctx)
    state.fault = { error: 'access_denied', detail: 'access_refused', cause: undefined }
    ctx.status = 403
    ctx.type = 'html'
    ctx.set('Cache-Control', 'no-store')
    const data = {
      account: labelAccount(account),
      upstreamName: config.upstream.name,
      resourceName: server.name,
      mayUseResource: all.kind === 'allowed',
      contact: contact && selectTranslation(frame.catalogue.language, contact),
      anotherAccount: isApproved
        ? { kind: 'form' as const, action: interactionPath(uid, 'approve') }
        : { kind: 'page' as const, href: `${interactionPath(uid)}?${ANOTHER_ACCOUNT}` },
      denyAction: interactionPath(uid, 'deny'),
      csrfToken: csrfTokens.create(uid),
      reference: state.requestId,
    }
    ctx.body = renderRefusalPage(data, frame)
  }

  return {
    admit(ctx, request) {
      const { pending, account } = request
      const { resource, client } = pending
      const decision = accessPolicy.decide(account, resource, parseScope(pending.scope))
      if (decision.kind === 'allowed') return decision.scopes
      const { rule } = decision
      options.onAccessRefused(ctx, { sub: account.sub, rule, clientId: client.id, resource })
      writePage(ctx, request)
      return undefined
    },

    keep(account, resource, scopes) {
      if (!account) return scopes
      // One by one: `openid` stays, even if nothing else does.
      const mayKeep = (scope: string) =>
        accessPolicy.decide(account, resource, [scope]).kind === 'allowed'
      return new Set([...scopes].filter(mayKeep))
    },
  }
}
