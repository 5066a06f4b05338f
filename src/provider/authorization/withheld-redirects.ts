// Errors that are found before a person has read anything go back to the client by themselves only where
// somebody has vouched for the address: otherwise whoever registers a client makes of this server a
// door to any site (RFC 9700 §4.11.2; mcp-requirements A30). The person reads the error instead, and
// the page offers the way.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import { isClientIdUrl } from '../../oauth/client-id-url.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import type { OutgoingError, RedirectableError } from '../internals.ts'

export interface HeldErrors {
  /** Keeps the engine from redirecting with it, where that is called for. */
  hold(ctx: KoaContextWithOIDC, error: RedirectableError): void
  /** Where the engine would have gone with an error that was held. */
  findAnswer(ctx: KoaContextWithOIDC, out: OutgoingError, error: Error): URL | undefined
}

export function createHeldErrors(options: {
  config: Pick<Config, 'clients' | 'clientDocuments' | 'registration'>
  redirectPolicy: RedirectPolicy
}): HeldErrors {
  const { config, redirectPolicy } = options
  const configured = new Set(config.clients.map(({ clientId }) => clientId))
  const held = new WeakSet<Error>()

  function isVouchedForByOperator(clientId: string): boolean {
    if (configured.has(clientId)) return true
    if (isClientIdUrl(clientId)) return config.clientDocuments.allowedHosts.length > 0
    return config.registration.mode === 'token'
  }

  /** Loopback and private-use addresses lead to no site. */
  function leadsToSite(redirectUri: unknown): boolean {
    const target = redirectPolicy.findTarget(String(redirectUri))
    return target === undefined || target.kind === 'https'
  }

  return {
    hold(ctx, error) {
      const { client, params, route, entities } = ctx.oidc
      // What resumes has been at the consent page, which names the address.
      if (!error.allow_redirect || !client || route !== 'authorization') return
      const { clientId } = client
      const wasAllowedHere = entities.Session?.authorizations?.[clientId]?.grantId !== undefined
      if (wasAllowedHere || isVouchedForByOperator(clientId)) return
      if (!leadsToSite(params?.['redirect_uri'])) return
      error.allow_redirect = false
      // With prompt=none it is that of the redirect.
      ctx.status = 400
      held.add(error)
    },

    findAnswer({ oidc }, out, error) {
      const answer = URL.parse(String(oidc.params?.['redirect_uri']))
      if (!held.has(error) || answer?.protocol !== 'https:') return undefined
      for (const [name, value] of Object.entries(out)) {
        if (typeof value === 'string') answer.searchParams.set(name, value)
      }
      return answer
    },
  }
}
