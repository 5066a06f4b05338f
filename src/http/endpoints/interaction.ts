// The consent page and its two answers. Nothing is sent to the upstream before the person approves
// (docs/requirements.md A31). GET /interaction/:uid · POST …/approve · POST …/deny
import type { RouterContext, RouterMiddleware } from '@koa/router'
import type { Context } from 'koa'
import type { CsrfTokens } from '../../crypto/csrf-token.ts'
import { isPartlyUnknown } from '../../domain/access/asserted.ts'
import { isDisabled } from '../../domain/access/liveness.ts'
import type { Accounts } from '../../domain/account.ts'
import { type AllowedScopes, type Consents, planStepUp, type StepUp } from '../../domain/consent.ts'
import type { Login } from '../../domain/login.ts'
import type { ResourceServer, ResourceServers } from '../../domain/resource-server.ts'
import type { UpstreamTokenService } from '../../domain/upstream-tokens/create-upstream-tokens.ts'
import { AppError } from '../../errors.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { Interactions, PendingInteraction } from '../../provider/authorization/interactions.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import type { LoginRequest } from '../../upstream/authorization-request.ts'
import type { BrowserBinding } from '../browser-binding.ts'
import { readForm } from '../form-body.ts'
import { noteInteraction } from '../request-state.ts'
import { type AccessGate, ANOTHER_ACCOUNT, anotherAccountPath } from './access-gate.ts'
import { parseAnswer } from './consent-answer.ts'
import { createRequestPage } from './shown-request.ts'
import { rejectAfterUpstreamFailure } from './upstream-failure.ts'

export interface InteractionEndpoints {
  readonly show: RouterMiddleware
  readonly approve: RouterMiddleware
  readonly deny: RouterMiddleware
}

export function interactionEndpoints(
  options: Parameters<typeof createRequestPage>[0] & {
    interactions: Interactions
    login: Login
    accounts: Accounts
    accessGate: AccessGate
    consents: Consents
    csrfTokens: CsrfTokens
    redirectPolicy: RedirectPolicy
    servers: ResourceServers
    interactionBinding: Pick<BrowserBinding, 'isBound'>
    loginBinding: BrowserBinding
    upstreamTokens: Pick<UpstreamTokenService, 'isExchanged' | 'mayContinue' | 'scopesOf'>
  },
): InteractionEndpoints {
  const { interactions, login, accounts, accessGate, csrfTokens, redirectPolicy } = options
  const { servers, upstreamTokens } = options
  const renderRequest = createRequestPage(options)

  /** @throws AppError interaction_expired, also if the interaction belongs to another browser */
  async function getPending(ctx: RouterContext): Promise<PendingInteraction> {
    const uid = ctx.params['uid'] ?? ''
    // Not the engine's cookie: it has a path, so it cannot have the __Host- prefix. A sibling host could plant the cookie
    // of an interaction that it began itself.
    if (!options.interactionBinding.isBound(ctx, uid)) throw new AppError('interaction_expired')
    const pending = await interactions.get(ctx, uid)
    noteInteraction(ctx, pending)
    return pending
  }

  /** The person's answer to the consent page. @throws AppError csrf_mismatch if it came from elsewhere */
  async function readAnswer(ctx: RouterContext) {
    const pending = await getPending(ctx)
    const form = await readForm(ctx)
    const isCrossSite = ctx.get('Sec-Fetch-Site') === 'cross-site'
    const token = form.get('csrf_token') ?? undefined
    if (isCrossSite || !csrfTokens.isValid(pending.uid, token)) throw new AppError('csrf_mismatch')
    const { listedScopes, ...answer } = parseAnswer(form)
    const requested = parseScope(pending.scope)
    const asked = requested.filter((scope) => listedScopes?.includes(scope) ?? true)
    return { pending, ...answer, asked, isAll: asked.length === requested.length }
  }

  async function findAllowed(
    { client, resource }: PendingInteraction,
    account: StoredAccount | undefined,
  ): Promise<AllowedScopes> {
    if (!account) return new Map()
    return options.consents.findAllowed({ account, clientId: client.id, resource })
  }

  function planGrant(request: {
    pending: PendingInteraction
    account: StoredAccount | undefined
    /** The requested scopes that the account may grant. */
    asked: readonly string[]
    server: ResourceServer
    allowed: AllowedScopes
  }): StepUp {
    const { pending, account, asked, server, allowed } = request
    const kept = accessGate.keep(account, pending.resource, new Set(allowed.keys()))
    return planStepUp(asked, kept, Object.keys(server.scopes))
  }

  async function goUpstream(
    ctx: Context,
    pending: PendingInteraction,
    request: LoginRequest,
    listedScopes: readonly string[] | undefined,
  ) {
    try {
      const { url, state } = await login.begin(pending.uid, request, { listedScopes })
      options.loginBinding.set(ctx, state, pending.uid)
      ctx.redirect(url)
    } catch (error) {
      throw (await rejectAfterUpstreamFailure(interactions, pending, error)) ?? error
    }
  }

  return {
    async show(ctx) {
      const pending = await getPending(ctx)
      const target = redirectPolicy.findTarget(pending.redirectUri)
      const server = servers.find(pending.resource)
      // The policy or the configuration has changed since the client registered.
      if (!target || !server) throw new AppError('interaction_expired')
      const choosesAnother = ctx.querystring === ANOTHER_ACCOUNT
      const accountId = choosesAnother ? undefined : pending.accountId
      const known = accountId ? await accounts.find(accountId) : undefined
      // Their next sign-in says more, and rules may refuse them until then.
      const account = known && !isPartlyUnknown(known) ? known : undefined
      const requested = parseScope(pending.scope)
      const asked = account
        ? accessGate.admit(ctx, { pending, account, scopes: requested, isApproved: false })
        : requested
      if (!asked) return
      const allowed = await findAllowed(pending, account)
      const stepUp = planGrant({ pending, account, asked, server, allowed })
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'html'
      ctx.body = renderRequest(ctx, {
        pending,
        target,
        server,
        account,
        choosesAnother,
        stepUp,
        allowed,
        // The account may get more until the person answers: then only what the page lists counts.
        listedScopes: asked.length < requested.length ? asked : undefined,
      })
    },

    async approve(ctx) {
      const { pending, wantsAnotherAccount, keptScopes, asked, isAll } = await readAnswer(ctx)
      ctx.status = 303
      // This page left out what the first account may not grant; that one lists everything.
      if (wantsAnotherAccount && !isAll) return ctx.redirect(anotherAccountPath(pending.uid))
      const { accountId } = pending
      // The account must live as long as the grant that this approval makes.
      const account =
        accountId && !wantsAnotherAccount ? await accounts.renew(accountId) : undefined
      const mayContinue =
        account !== undefined &&
        !isDisabled(account) &&
        (await upstreamTokens.mayContinue(account, pending.resource))
      if (mayContinue) {
        const server = servers.find(pending.resource)
        if (!server) throw new AppError('interaction_expired')
        // Only the scopes that the page listed: others may have been approved or allowed since.
        const admitted = accessGate.admit(ctx, {
          pending,
          account,
          scopes: asked,
          isApproved: false,
        })
        if (!admitted) return
        const allowed = await findAllowed(pending, account)
        const { kept } = planGrant({ pending, account, asked: admitted, server, allowed })
        const scopes = [...admitted, ...kept.filter((scope) => keptScopes.includes(scope))]
        ctx.redirect(await interactions.approve(pending, account, scopes))
        return
      }
      const { isFresh, choosesAccount, maxAgeSeconds, loginHint } = pending.login
      const prompt = isFresh ? 'login' : undefined
      const request: LoginRequest = {
        prompt: wantsAnotherAccount || choosesAccount ? 'select_account' : prompt,
        // The upstream's `auth_time` then proves the login, even if it ignores the prompt.
        maxAgeSeconds: isFresh ? 0 : maxAgeSeconds,
        loginHint: wantsAnotherAccount ? undefined : loginHint,
        scopes: upstreamTokens.scopesOf(pending.resource),
      }
      return goUpstream(ctx, pending, request, isAll ? undefined : asked)
    },

    async deny(ctx) {
      const { pending, isRefused } = await readAnswer(ctx)
      ctx.status = 303
      const reason = isRefused
        ? 'the account may not use this resource with these scopes'
        : 'the person denied the request'
      ctx.redirect(await interactions.reject(pending, 'access_denied', reason))
    },
  }
}
