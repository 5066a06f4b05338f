// A request in the words of the consent page: the client and how far to trust it, the scopes in words, and the times.
import type { Context } from 'koa'
import type { Config } from '../../config/load.ts'
import type { CsrfTokens } from '../../crypto/csrf-token.ts'
import { labelAccount } from '../../domain/account.ts'
import { createClientTrust } from '../../domain/client-trust/client-trust.ts'
import type { AllowedScopes, StepUp } from '../../domain/consent.ts'
import type { KnownClients } from '../../domain/known-clients.ts'
import type { ResourceServer } from '../../domain/resource-server.ts'
import type { UpstreamTokenService } from '../../domain/upstream-tokens/create-upstream-tokens.ts'
import type { RedirectTarget } from '../../oauth/redirect-uri.ts'
import type { PendingInteraction } from '../../provider/authorization/interactions.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { createPageFrame } from '../page-frame.ts'
import { interactionPath } from '../routes.ts'
import { renderConsentPage } from '../views/consent/consent-page.ts'
import { localiseScopes } from '../views/names.ts'
import { anotherAccountPath } from './access-gate.ts'

interface ShownRequest {
  readonly pending: PendingInteraction
  readonly target: RedirectTarget
  readonly server: ResourceServer
  /** Of this browser, unless the person chooses another one. */
  readonly account: StoredAccount | undefined
  readonly choosesAnother: boolean
  readonly stepUp: StepUp
  /** The scopes that the account has allowed before. */
  readonly allowed: AllowedScopes
  /** The scopes that the page lists, if the account may not grant all that are requested. */
  readonly listedScopes: readonly string[] | undefined
}

export function createRequestPage(options: {
  knownClients: Pick<KnownClients, 'originOf'>
  upstreamTokens: Pick<UpstreamTokenService, 'isExchanged' | 'scopesOf'>
  csrfTokens: CsrfTokens
  config: Pick<Config, 'upstream' | 'lifetimes'> & Parameters<typeof createClientTrust>[0]
  now: () => number
}): (ctx: Context, shown: ShownRequest) => string {
  const { knownClients, upstreamTokens, csrfTokens, config, now } = options
  const assessClient = createClientTrust(config)
  const { refreshMaxLifetimeSeconds, refreshTokenSeconds } = config.lifetimes

  return (ctx, { pending, target, server, account, stepUp, ...shown }) => {
    const { uid, resource, redirectUri } = pending
    const { id, name = '', getsRefreshToken } = pending.client
    const origin = knownClients.originOf(id)
    const { warnings, isForwarded } = assessClient({ id, name, origin, redirectUri, target })
    const frame = createPageFrame(ctx)
    const lines = localiseScopes(stepUp.scopes, server, frame.catalogue)
    const allowedScopes = lines.filter((scope) => stepUp.allowed.has(scope.name))
    const earlier = stepUp.isRepeat ? lines : allowedScopes
    return renderConsentPage(
      {
        client: { id, name, origin, warnings },
        answer: { target, redirectUri, isForwarded },
        resource: { name: server.name, uri: server.resource },
        scopes: lines.filter((scope) => !stepUp.allowed.has(scope.name)),
        allowedScopes,
        earlier: {
          isRepeat: stepUp.isRepeat,
          atMs: earlier.map((scope) => toMs(shown.allowed.get(scope.name))),
        },
        upstream: {
          name: config.upstream.name,
          scopes: upstreamTokens.isExchanged(resource)
            ? upstreamTokens.scopesOf(resource)
            : undefined,
        },
        access: {
          isRenewed: getsRefreshToken,
          seconds: getsRefreshToken ? refreshMaxLifetimeSeconds : server.accessTokenSeconds,
          idleSeconds: refreshTokenSeconds,
        },
        account: account && {
          label: labelAccount(account),
          switchHref: anotherAccountPath(uid),
        },
        form: {
          approveAction: interactionPath(uid, 'approve'),
          denyAction: interactionPath(uid, 'deny'),
          csrfToken: csrfTokens.create(uid),
          keptScopes: stepUp.kept,
          listedScopes: shown.listedScopes,
          choosesAnother: shown.choosesAnother,
        },
        nowMs: now(),
      },
      frame,
    )
  }
}

const toMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)
