// The upstream's public keys, cached for all logins. openid-client verifies the ID token and would cache the keys
// too, but too long: the code is spent by the time a signature turns out to need a new key. So this cache looks at
// the ID token first, and gives the library current keys.
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type { CustomFetch, ServerMetadata } from 'openid-client'
import { isObject } from '../oauth/json-members.ts'
import { createFetchOrThrow, TIMEOUT_SECONDS, type UpstreamFetch } from './upstream-fetch.ts'

/** As long as openid-client would cache them. */
const FRESH_MS = 5 * 60 * 1000
const KEPT_MS = 60 * 60 * 1000
/** ID tokens that no key verifies cause one request in this time. */
const RENEWAL_INTERVAL_MS = 30 * 1000

interface CachedKeys {
  readonly uri: string
  readonly jwks: JSONWebKeySet
  readonly verifies: (idToken: string) => Promise<boolean>
  readonly fetchedAtMs: number
}

export interface UpstreamKeys {
  /**
   * The requests of one login. If no cached key verifies its ID token, the library's request for the keys gets
   * those that the upstream publishes now.
   */
  createLoginFetch(server: ServerMetadata): CustomFetch
}

export function createUpstreamKeys(options: {
  /** The global one if it is not given. */
  fetch?: UpstreamFetch
  now: () => number
}): UpstreamKeys {
  const { now } = options
  const fetchOrThrow = createFetchOrThrow(options.fetch)
  let cached: CachedKeys | undefined
  /** By URI, which changes with the discovery document. */
  const pending = new Map<string, Promise<CachedKeys>>()
  let renewableAtMs = 0

  async function fetchKeys(uri: string): Promise<CachedKeys> {
    try {
      const jwks = await requestKeys(uri, fetchOrThrow)
      cached = { uri, jwks, verifies: createVerifier(jwks), fetchedAtMs: now() }
      return cached
    } finally {
      pending.delete(uri)
    }
  }

  /** Concurrent logins share one request. */
  function renew(uri: string): Promise<CachedKeys> {
    const renewing = pending.get(uri) ?? fetchKeys(uri)
    pending.set(uri, renewing)
    return renewing
  }

  /** Keys that are no longer fresh verify for an hour while new ones cannot be had: the code is spent already. */
  async function renewOrKeep(uri: string, idToken: string): Promise<CachedKeys> {
    const known = cached
    try {
      return await renew(uri)
    } catch (error) {
      const isKept = known?.uri === uri && now() < known.fetchedAtMs + KEPT_MS
      if (isKept && (await known.verifies(idToken))) return known
      throw error
    }
  }

  function isFresh(keys: CachedKeys | undefined, uri: string): keys is CachedKeys {
    return keys?.uri === uri && now() < keys.fetchedAtMs + FRESH_MS
  }

  async function findKeys(uri: string, idToken: string): Promise<CachedKeys> {
    const known = cached
    if (!isFresh(known, uri)) return renewOrKeep(uri, idToken)
    if (await known.verifies(idToken)) return known
    const renewing = pending.get(uri)
    if (renewing !== undefined) return renewing
    // Another login may have renewed them meanwhile.
    if (now() < renewableAtMs) return cached ?? known
    renewableAtMs = now() + RENEWAL_INTERVAL_MS
    return renew(uri)
  }

  return {
    createLoginFetch(server) {
      const [tokenEndpoint, jwksUri] = [server.token_endpoint, server.jwks_uri].map(
        (url) => URL.parse(url ?? '')?.href,
      )
      let idToken = ''
      return async (url, options) => {
        if (url === jwksUri) return Response.json((await findKeys(url, idToken)).jwks)
        const response = await fetchOrThrow(url, options)
        if (url === tokenEndpoint) idToken = await readIdToken(response.clone())
        return response
      }
    },
  }
}

/** Empty if there is none: the library rejects the response. */
async function readIdToken(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined)
  return isObject(body) && typeof body['id_token'] === 'string' ? body['id_token'] : ''
}

/** @throws UpstreamUnreachable; Error if the response is not a JWK Set with keys */
async function requestKeys(uri: string, fetch: CustomFetch): Promise<JSONWebKeySet> {
  const response = await fetch(uri, {
    method: 'GET',
    headers: { accept: 'application/json, application/jwk-set+json' },
    body: undefined,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
  })
  if (response.status !== 200) throw new Error(`the JWK Set answered HTTP ${response.status}`)
  const jwks: JSONWebKeySet = await response.json()
  // An empty set must not replace keys that work.
  if (!jwks?.keys?.length) throw new Error('the JWK Set of the upstream has no keys')
  return jwks
}

/** @throws JWKSInvalid of jose */
function createVerifier(jwks: JSONWebKeySet): CachedKeys['verifies'] {
  const keys = createLocalJWKSet(jwks)
  // Decides only whether the keys are fetched again. The library makes the decision that counts.
  return (idToken) =>
    compactVerify(idToken, keys).then(
      () => true,
      () => false,
    )
}
