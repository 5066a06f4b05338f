// The upstream's discovery document, fetched when it is first needed, cached and renewed. An upstream that
// is down delays logins, but never the start of this server.
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client'
import type { UpstreamConfig } from '../config/load.ts'

/** The upstream gave no usable response: network error, timeout, 429 or 5xx. A retry may succeed. */
export class UpstreamUnreachable extends Error {
  override readonly name = 'UpstreamUnreachable'
}

const TIMEOUT_SECONDS = 5
// Two attempts fit within the deadline of a login (relying-party.ts), so the next login starts afresh.
const DISCOVERY_TIMEOUT_SECONDS = 3
const FRESH_MS = 60 * 60 * 1000
const RETRY_MS = 60 * 1000
const ATTEMPTS = 2

export interface DiscoveredUpstream {
  /** @throws UpstreamUnreachable in the cause chain, or openid-client's errors */
  get(): Promise<Configuration>
  /**
   * Endpoints or keys may have changed: the next `get` fetches the document again, unless it was fetched less than a
   * minute ago. The keys are fetched again in any case.
   */
  expire(): void
}

export function createDiscoveredUpstream(options: {
  upstream: UpstreamConfig
  now: () => number
  /** Called if the cached document could not be renewed and stays in use. */
  onRenewalFailure?: (error: unknown) => void
}): DiscoveredUpstream {
  const { upstream, now, onRenewalFailure } = options
  let known: { configuration: Configuration; freshUntilMs: number } | undefined
  let fetchedAtMs = 0
  let pending: Promise<Configuration> | undefined

  async function renew(): Promise<Configuration> {
    fetchedAtMs = now()
    try {
      const configuration = await discover(upstream)
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
      if (!known) return
      const isRecent = now() < fetchedAtMs + RETRY_MS
      // The library caches keys for as long as a Configuration is used.
      known = isRecent
        ? { ...known, configuration: configure(upstream, known.configuration) }
        : { ...known, freshUntilMs: 0 }
    },
  }
}

async function discover(upstream: UpstreamConfig): Promise<Configuration> {
  const issuer = new URL(upstream.issuer)
  // The configuration schema allows plain http only for loopback hosts.
  const insecure = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
  for (let attempt = 1; ; attempt += 1) {
    try {
      const found = await discovery(issuer, upstream.clientId, undefined, None(), {
        execute: insecure,
        timeout: DISCOVERY_TIMEOUT_SECONDS,
        [customFetch]: fetchOrThrow,
      })
      return configure(upstream, found)
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

const REQUIRED_URLS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

function configure(upstream: UpstreamConfig, found: Configuration): Configuration {
  const server = found.serverMetadata()
  // A document that no login can use must not replace one that works.
  for (const name of REQUIRED_URLS) {
    if (!URL.canParse(server[name] ?? '')) throw new Error(`the discovery document has no ${name}`)
  }
  const configuration = new Configuration(
    server,
    upstream.clientId,
    undefined,
    clientAuthentication(upstream, server.token_endpoint_auth_methods_supported),
  )
  configuration.timeout = TIMEOUT_SECONDS
  configuration[customFetch] = fetchOrThrow
  if (upstream.issuer.startsWith('http:')) allowInsecureRequests(configuration)
  // The ID token decides who a person is: its signature is verified although it came over TLS.
  enableNonRepudiationChecks(configuration)
  return configuration
}

function clientAuthentication(upstream: UpstreamConfig, supported: readonly string[] | undefined) {
  const { clientSecret, authMethod } = upstream
  if (clientSecret === undefined) return None()
  // RFC 8414 §2: an absent list means client_secret_basic.
  const usesPost =
    authMethod === 'client_secret_post' ||
    (authMethod === undefined && supported?.includes('client_secret_basic') === false)
  return usesPost ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret)
}

const fetchOrThrow: CustomFetch = async (url, options) => {
  let response: Response
  let body: ArrayBuffer
  try {
    // The library's options are those of fetch, except that they may be declared as `undefined`.
    response = await fetch(url, options as RequestInit)
    // Read here, because the library would report a response that breaks off as malformed.
    body = await response.arrayBuffer()
  } catch (cause) {
    throw new UpstreamUnreachable('no response', { cause })
  }
  if (response.status >= 500 || response.status === 429) {
    throw new UpstreamUnreachable(`HTTP ${response.status}`)
  }
  return new Response(body.byteLength > 0 ? body : null, response)
}
