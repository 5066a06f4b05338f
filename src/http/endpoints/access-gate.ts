// The access rules at the pages of an authorization, and of a sign-in without one: the scopes that the person may grant, or
// the page that says why they may grant nothing. provider/authorization/grant.ts asks the rules once more when it makes the
// grant.
import type { Context } from 'koa'
import { selectTranslation } from '../../config/language.ts'
import type { Config } from '../../config/load.ts'
import type { CsrfTokens } from '../../crypto/csrf-token.ts'
import type { AccessPolicy, AccessRefusal } from '../../domain/access/access-policy.ts'
import { labelAccount } from '../../domain/account.ts'
import type { ResourceServer, ResourceServers } from '../../domain/resource-server.ts'
import { AppError } from '../../errors.ts'
import type { PendingInteraction } from '../../provider/authorization/interactions.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { ACCESS_REFUSED } from '../../symptoms.ts'
import type { Visits } from '../browser-binding.ts'
import { formOfVisit } from '../own-form.ts'
import { createPageFrame } from '../page-frame.ts'
import { createIncident, requestState } from '../request-state.ts'
import { interactionPath, ROUTES } from '../routes.ts'
import { type RefusalPageData, renderRefusalPage } from '../views/refusal-page.ts'

/** The query of the consent page for a person who wants to use another account than that of this browser. */
export const ANOTHER_ACCOUNT = 'account=another'

export const anotherAccountPath = (uid: string) => `${interactionPath(uid)}?${ANOTHER_ACCOUNT}`

export interface AccessGate {
  /**
   * Those of `scopes` that the account may grant. Undefined if there are none: the page is written.
   * @param request.scopes those of the request that the person was asked for
   * @param request.isApproved whether the person has allowed all that this client requests, and so may go on at the upstream
   */
  admit(
    ctx: Context,
    request: {
      pending: PendingInteraction
      account: StoredAccount
      scopes: readonly string[]
      isApproved: boolean
    },
  ): readonly string[] | undefined
  /**
   * A sign-in for the account page, or to connect a resource server. False: the page is written.
   * @param request.isStranger whether the rules refuse the person everywhere, and there is no account
   * @param request.server that the person connects
   */
  admitVisit(
    ctx: Context,
    request: { account: StoredAccount; isStranger: boolean; server: ResourceServer | undefined },
  ): boolean
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
  visits: Pick<Visits, 'begin'>
  onAccessRefused: (ctx: Context, refusal: AccessRefusal) => void
  config: Pick<Config, 'access' | 'upstream'>
}): AccessGate {
  const { accessPolicy, servers, csrfTokens, visits, config } = options

  function writePage(
    ctx: Context,
    account: StoredAccount,
    page: Pick<
      RefusalPageData,
      'resourceName' | 'mayUseResource' | 'anotherAccount' | 'denyAction' | 'csrfToken'
    >,
  ): void {
    const frame = createPageFrame(ctx)
    const { contact } = config.access
    const state = requestState(ctx)
    state.fault = { error: 'access_denied', detail: 'access_refused', cause: undefined }
    ctx.status = 403
    ctx.type = 'html'
    ctx.set('Cache-Control', 'no-store')
    const data = {
      ...page,
      account: labelAccount(account),
      upstreamName: config.upstream.name,
      contact: contact && selectTranslation(frame.catalogue.language, contact),
      incident: createIncident(ctx, {
        symptom: ACCESS_REFUSED,
        error: 'access_denied: The access rules of this server do not allow this account.',
      }),
    }
    ctx.body = renderRefusalPage(data, frame)
  }

  const decideAll = (account: StoredAccount, { resource, scopes }: ResourceServer) =>
    accessPolicy.decide(account, resource, Object.keys(scopes))

  return {
    admit(ctx, request) {
      const { pending, account } = request
      const { resource, client } = pending
      const decision = accessPolicy.decide(account, resource, request.scopes)
      if (decision.kind === 'allowed') return decision.scopes
      const { rule } = decision
      const server = servers.find(resource)
      if (!server) throw new AppError('interaction_expired')
      options.onAccessRefused(ctx, { sub: account.sub, rule, clientId: client.id, resource })
      const { uid } = pending
      writePage(ctx, account, {
        resourceName: server.name,
        mayUseResource: decideAll(account, server).kind === 'allowed',
        anotherAccount: request.isApproved
          ? { kind: 'form', action: interactionPath(uid, 'approve') }
          : { kind: 'page', href: anotherAccountPath(uid) },
        denyAction: interactionPath(uid, 'deny'),
        csrfToken: csrfTokens.create(uid),
      })
      return undefined
    },

    admitVisit(ctx, { account, isStranger, server }) {
      // The rules that a stranger's event names are those of the first MCP server: they all refuse the person.
      const about = server ?? (isStranger ? servers.all[0] : undefined)
      const decision = about && decideAll(account, about)
      if (decision?.kind !== 'refused') return true
      const resource = server?.resource
      const { rule } = decision
      options.onAccessRefused(ctx, { sub: account.sub, rule, clientId: undefined, resource })
      const action = server ? ROUTES.connect.path : ROUTES.accountSignIn.path
      writePage(ctx, account, {
        resourceName: server?.name,
        mayUseResource: false,
        anotherAccount: { kind: 'form', action, resource },
        denyAction: undefined,
        csrfToken: csrfTokens.create(formOfVisit(visits.begin(ctx))),
      })
      return false
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
