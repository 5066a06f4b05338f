// The upstream's discovery document, fetched when it is first needed, cached and renewed. An upstream that
// is down delays logins, but never the start of this server.
import {
  allowInsecureRequests,
  Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { createClientAuthentication } from './client-authentication.ts'
import { createFetchOrThrow, TIMEOUT_SECONDS, type UpstreamFetch } from './upstream-fetch.ts'

/** How far the upstream's clock may differ from ours: for `iat`, `nbf`, `exp` and `auth_time` of ID tokens. */
export const CLOCK_TOLERANCE_SECONDS = 120

// Two attempts fit within the deadline of a login (relying-party.ts), so the next login starts afresh.
const DISCOVERY_TIMEOUT_SECONDS = 3
const FRESH_MS = 60 * 60 * 1000
const RETRY_MS = 60 * 1000
const ATTEMPTS = 2

export interface DiscoveredUpstream {
  /** @throws UpstreamUnreachable in the cause chain, or openid-client's errors */
  get(): Promise<Configuration>
  /** Endpoints may have changed: the next `get` fetches the document again, unless it was fetched less than a minute ago. */
  expire(): void
}

export function createDiscoveredUpstream(options: {
  upstream: UpstreamConfig
  /** The global one if it is not given. */
  fetch?: UpstreamFetch
  now: () => number
  /** Called if the cached document could not be renewed and stays in use. */
  onRenewalFailure?: (error: unknown) => void
}): DiscoveredUpstream {
  const { upstream, now, onRenewalFailure } = options
  const fetchOrThrow = createFetchOrThrow(options.fetch)
  let known: { configuration: Configuration; freshUntilMs: number } | undefined
  let fetchedAtMs = 0
  let pending: Promise<Configuration> | undefined

  async function renew(): Promise<Configuration> {
    fetchedAtMs = now()
    try {
      const configuration = await discover(upstream, fetchOrThrow)
      known = { configuration, freshUntilMs: now() + FRESH_MS }
      return configuration
    } catch (error) {
      if (!known) throw error
      // The cached document stays in use during an outage of the upstream.
      onRenewalFailure?.(error)
      known = { ...known, freshUntilMs: now() + RETRY_MS }
      return known.configuration
    } finally {
      pending = undefined
    }
  }

  return {
    async get() {
      if (known && now() < known.freshUntilMs) return known.configuration
      pending ??= renew()
      return pending
    },
    expire() {
      if (known && now() >= fetchedAtMs + RETRY_MS) known = { ...known, freshUntilMs: 0 }
    },
  }
}

async function discover(upstream: UpstreamConfig, fetch: CustomFetch): Promise<Configuration> {
  const issuer = new URL(upstream.issuer)
  if (upstream.protocol === 'oauth') {
    return configure(upstream, { issuer: upstream.issuer, ...upstream.discovery }, fetch)
  }
  // The configuration schema allows plain http only for loopback hosts.
  const insecure = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
  for (let attempt = 1; ; attempt += 1) {
    try {
      const found = await discovery(issuer, upstream.clientId, undefined, None(), {
        execute: insecure,
        timeout: DISCOVERY_TIMEOUT_SECONDS,
        [customFetch]: fetch,
      })
      const server = { ...found.serverMetadata(), ...upstream.discovery }
      checkDocument(server)
      return await configure(upstream, server, fetch)
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

const REQUIRED_URLS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

/** @throws Error for a document that no login can use: it must not replace one that works */
function checkDocument(server: ServerMetadata): void {
  for (const name of REQUIRED_URLS) {
    if (!URL.canParse(server[name] ?? '')) throw new Error(`the discovery document has no ${name}`)
  }
  const algs = server.id_token_signing_alg_values_supported ?? []
  if (algs.length > 0 && algs.every((alg) => alg.startsWith('HS'))) {
    throw new Error(
      'the upstream signs ID tokens with a shared secret only (HS256): choose a signing key (RS256 or ES256) for this client there',
    )
  }
}

/** @param fetch makes the requests; the library caches keys for as long as the Configuration is used */
export async function configure(
  upstream: UpstreamConfig,
  server: ServerMetadata,
  fetch: CustomFetch,
): Promise<Configuration> {
  const configuration = new Configuration(
    server,
    upstream.clientId,
    { [clockTolerance]: CLOCK_TOLERANCE_SECONDS },
    await createClientAuthentication(upstream, server),
  )
  configuration.timeout = TIMEOUT_SECONDS
  configuration[customFetch] = fetch
  if (upstream.issuer.startsWith('http:')) allowInsecureRequests(configuration)
  // The ID token decides who a person is: its signature is verified although it came over TLS.
  enableNonRepudiationChecks(configuration)
  return configuration
}
