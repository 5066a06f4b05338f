// Finds what the consent page warns of: requests that are unusual for the client that they name. Usual requests get no warning, so
// that people read it (docs/consent.md).
import type { Config } from '../../config/load.ts'
import type { RedirectTarget } from '../../oauth/redirect-uri.ts'
import { siteOf } from '../../outbound/site.ts'
import { type ClientOrigin, createVouching } from '../known-clients.ts'
import { createWellKnownClients } from './well-known-clients.ts'

export type ClientWarning =
  /** The client is named like another one, and nothing shows that it is that one. */
  | { readonly kind: 'imitates'; readonly name: string }
  /** Any app can claim links of the scheme. */
  | { readonly kind: 'private-use'; readonly scheme: string }
  /** Nobody vouches for the client, and it is unknown who owns the address. */
  | { readonly kind: 'unknown-address'; readonly host: string }

interface ClientTrust {
  readonly warnings: readonly ClientWarning[]
  /** The website at the redirect URI passes the answer on to a program on the person's device. */
  readonly isForwarded: boolean
}

interface ClientRequest {
  readonly id: string
  /** Any text of any length. */
  readonly name: string
  readonly origin: ClientOrigin
  readonly redirectUri: string
  readonly target: RedirectTarget
}

export function createClientTrust(
  config: Pick<
    Config,
    'clients' | 'clientDocuments' | 'consent' | 'registration' | 'wellKnownClients'
  >,
): (request: ClientRequest) => ClientTrust {
  const wellKnown = createWellKnownClients(config)
  const isVouchedFor = createVouching(config)
  const forwarding = new Set(config.consent.forwardingRedirectUris)

  function hasKnownAddress({ id, origin }: ClientRequest, host: string): boolean {
    if (wellKnown.hasHost(host) || isVouchedFor(id)) return true
    // The owner of the document's host may publish what they like, about their own site.
    return origin.kind === 'document' && siteOf(nameOf(origin.host)) === siteOf(nameOf(host))
  }

  return (request) => {
    const { name, origin, redirectUri, target } = request
    const isForwarded = forwarding.has(redirectUri)
    const host = target.kind === 'https' && !isForwarded ? target.host : undefined
    const hosts = [origin.kind === 'document' ? origin.host : undefined, host]
    const imitated =
      origin.kind === 'configured'
        ? undefined
        : wellKnown.findImitated({ name, hosts: hosts.filter((one) => one !== undefined) })
    const warnings: ClientWarning[] = []
    if (imitated !== undefined) warnings.push({ kind: 'imitates', name: imitated })
    if (target.kind === 'private-use') {
      warnings.push({ kind: 'private-use', scheme: target.scheme })
    } else if (imitated === undefined && host !== undefined && !hasKnownAddress(request, host)) {
      warnings.push({ kind: 'unknown-address', host })
    }
    return { warnings, isForwarded }
  }
}

const nameOf = (host: string) => host.replace(/:\d+$/, '')
