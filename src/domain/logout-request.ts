// A client sends a person here to sign out (OpenID Connect RP-Initiated Logout 1.0 §2). Nothing of it
// signs anybody out: the person decides on the page.
import type { IdTokenHints } from '../crypto/id-token-hints.ts'
import {
  isRegisteredRedirectUri,
  type RedirectPolicy,
  type RedirectTarget,
} from '../oauth/redirect-uri.ts'
import type { ClientOrigin, KnownClients } from './known-clients.ts'

interface LogoutParameters {
  readonly idTokenHint: string | undefined
  readonly clientId: string | undefined
  readonly redirectUri: string | undefined
  readonly state: string | undefined
}

export interface LogoutRequest {
  /** Undefined: nobody in particular asks. */
  readonly client:
    | { readonly id: string; readonly name: string | undefined; readonly origin: ClientOrigin }
    | undefined
  /** Where the client wants the person afterwards; undefined also if that is not an address of the client. */
  readonly destination: LogoutDestination | undefined
  /** A constant text for the log: why parts of the request were ignored. */
  readonly problem: string | undefined
}

interface LogoutDestination {
  /** As it is registered. */
  readonly redirectUri: string
  /** With the client's `state`. */
  readonly url: string
  readonly target: RedirectTarget
  /** Whether the browser may go there although the person has not seen the page. */
  readonly isTrusted: boolean
}

const NOBODY = { client: undefined, destination: undefined } as const

export type ResolveLogout = (parameters: LogoutParameters) => Promise<LogoutRequest>

export function createLogoutRequests(options: {
  knownClients: KnownClients
  hints: IdTokenHints
  redirectPolicy: RedirectPolicy
  isVouchedFor: (clientId: string) => boolean
}): ResolveLogout {
  const { knownClients, hints, redirectPolicy, isVouchedFor } = options

  const ignore = (problem: string) => ({ ...NOBODY, problem })

  return async ({ idTokenHint, clientId, redirectUri, state }) => {
    const audience = idTokenHint === undefined ? clientId : await hints.findAudience(idTokenHint)
    if (idTokenHint !== undefined && audience === undefined) {
      return ignore('the id_token_hint is not an ID token of this server')
    }
    if (clientId !== undefined && audience !== clientId) {
      return ignore('the id_token_hint was issued to another client')
    }
    if (audience === undefined) return { ...NOBODY, problem: redirectUri && 'no client is named' }
    const known = await knownClients.find(audience)
    if (!known) return ignore('the client is not known')
    const client = { id: audience, name: known.name, origin: knownClients.originOf(audience) }
    if (redirectUri === undefined) return { client, destination: undefined, problem: undefined }
    const target = redirectPolicy.findTarget(redirectUri)
    if (!target || !isRegisteredRedirectUri(redirectUri, known.postLogoutRedirectUris)) {
      const problem = 'the post_logout_redirect_uri is not registered'
      return { client, destination: undefined, problem }
    }
    const isTrusted = target.kind !== 'https' || isVouchedFor(audience)
    const destination = { redirectUri, url: withState(redirectUri, state), target, isTrusted }
    return { client, destination, problem: undefined }
  }
}

/** The rest of the address stays as it is registered, character by character. */
function withState(uri: string, state: string | undefined): string {
  if (state === undefined) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
}
