// The tokens of a token response of the upstream. relying-party.ts asks for them.
import { isObject } from '../oauth/json-members.ts'
import type { UpstreamTokens } from './identity.ts'

/** Called as soon as the tokens are there: whatever fails afterwards, they may be the only ones that still work. */
export type KeepTokens = (tokens: UpstreamTokens) => Promise<void>

/** The tokens of a token response; undefined if it has none. */
export function parseTokens(response: unknown, nowMs: number): UpstreamTokens | undefined {
  if (!isObject(response)) return undefined
  const { access_token, refresh_token, expires_in, scope } = response
  if (typeof access_token !== 'string') return undefined
  // Some providers send a number as a string. 0 means that the upstream does not say (Keycloak's offline sessions).
  const seconds = Number(expires_in)
  return {
    accessToken: access_token,
    refreshToken: typeof refresh_token === 'string' ? refresh_token : undefined,
    expiresAtMs: seconds > 0 ? nowMs + seconds * 1000 : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
  }
}
