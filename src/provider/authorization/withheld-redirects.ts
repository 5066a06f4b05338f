// Errors that the engine finds before a person has read anything go to the client's redirect URI only if
// somebody vouches for it. Otherwise whoever registers a client could redirect people from this server to any
// site (RFC 9700 §4.11.2, docs/requirements.md A30): the person sees the error, and a link to go on.
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config/load.ts'
import { createVouching } from '../../domain/known-clients.ts'
import { parseUrl } from '../../oauth/parse-url.ts'
import type { RedirectPolicy } from '../../oauth/redirect-uri.ts'
import {
  endpointOf,
  type OutgoingError,
  type RedirectableError,
  withoutRedirect,
} from '../internals.ts'

export interface WithheldRedirects {
  /** Keeps the engine from redirecting with this error, if nobody vouches for the address. */
  withhold(ctx: KoaContextWithOIDC, error: RedirectableError): void
  /** Where a withheld error would have gone; undefined for other errors. */
  findAnswer(ctx: KoaContextWithOIDC, out: OutgoingError, error: Error): URL | undefined
}

export function createWithheldRedirects(options: {
  config: Pick<Config, 'clients' | 'clientDocuments' | 'registration'>
  redirectPolicy: RedirectPolicy
}): WithheldRedirects {
  const { config, redirectPolicy } = options
  const isVouchedForByOperator = createVouching(config)
  const withheld = new WeakSet<Error>()

  /** Loopback and private-use addresses lead to no site; an address that is not valid might. */
  function leadsToSite(redirectUri: unknown): boolean {
    const target =
      typeof redirectUri === 'string' ? redirectPolicy.findTarget(redirectUri) : undefined
    return target === undefined || target.kind === 'https'
  }

  return {
    withhold(ctx, error) {
      const { client, params, entities } = ctx.oidc
      // A request that resumes has had its consent page, which names the address.
      if (!error.allow_redirect || !client || endpointOf(ctx) !== 'authorization') return
      const { clientId } = client
      const wasAllowedHere = entities.Session?.authorizations?.[clientId]?.grantId !== undefined
      if (wasAllowedHere || isVouchedForByOperator(clientId)) return
      if (!leadsToSite(params?.['redirect_uri'])) return
      // With prompt=none the engine has set the status of a redirect.
      ctx.status = 400
      withheld.add(withoutRedirect(error))
    },

    findAnswer({ oidc }, out, error) {
      const redirectUri = oidc.params?.['redirect_uri']
      const answer = typeof redirectUri === 'string' ? parseUrl(redirectUri) : undefined
      if (!withheld.has(error) || answer?.protocol !== 'https:') return undefined
      for (const [name, value] of Object.entries(out)) {
        if (typeof value === 'string') answer.searchParams.set(name, value)
      }
      return answer
    },
  }
}
