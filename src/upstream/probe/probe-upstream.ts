// What `npm run -s check-config -- --online` asks the upstream: its discovery document, its keys, and whether it accepts
// this server's credentials. No person is needed.
import { randomBytes } from 'node:crypto'
import {
  ClientError,
  type Configuration,
  genericGrantRequest,
  ResponseBodyError,
  type ServerMetadata,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import type { UpstreamConfig } from '../../config/upstream/upstream-config.ts'
import { isObject } from '../../oauth/json-members.ts'
import { asOAuthErrors } from '../apis/github.ts'
import { configure, createDiscoveredUpstream } from '../discovered-upstream.ts'
import { createFetchOrThrow, type UpstreamFetch } from '../upstream-fetch.ts'

export interface UpstreamProbe {
  /** Of the discovery document; of `upstream.discovery` for plain OAuth 2.0. */
  readonly metadata: ServerMetadata
  /** How many keys it publishes; undefined if there are none to publish. */
  readonly keys: number | undefined
  /** `unknown`: the answer does not tell. */
  readonly credentials: 'accepted' | 'refused' | 'unknown'
}

/** @throws Error whose message says what is wrong */
export async function probeUpstream(options: {
  upstream: UpstreamConfig
  fetch: UpstreamFetch
  now: () => number
}): Promise<UpstreamProbe> {
  const { upstream } = options
  const fetch = createFetchOrThrow(options.fetch)
  const found = await createDiscoveredUpstream(options).get().catch(explainDiscovery)
  const metadata = found.serverMetadata()
  const plain = upstream.api === 'github' ? asOAuthErrors(fetch, metadata.token_endpoint) : fetch
  const configuration = await configure(upstream, metadata, plain)
  return {
    metadata,
    keys: await countKeys(metadata, options.fetch),
    credentials: await tryCredentials(configuration, upstream),
  }
}

function explainDiscovery(error: unknown): never {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { cause: detail } = cause
    const isMismatch = cause instanceof ClientError && isObject(detail) && isObject(detail['body'])
    if (isMismatch && isObject(detail['body'])) {
      const issuer = JSON.stringify(String(detail['body']['issuer']))
      throw new Error(
        `the discovery document is of the issuer ${issuer}: set UPSTREAM_ISSUER to it`,
      )
    }
  }
  throw error
}

async function countKeys(
  { jwks_uri: uri }: ServerMetadata,
  fetch: UpstreamFetch,
): Promise<number | undefined> {
  if (uri === undefined) return undefined
  const response = await createFetchOrThrow(fetch)(uri, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
    signal: AbortSignal.timeout(5000),
  })
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined
  return isObject(body) && Array.isArray(body['keys']) ? body['keys'].length : 0
}

/** A code that nobody issued: a server that knows the client rejects the code, any other one the client. */
async function tryCredentials(
  configuration: Configuration,
  { redirectUri }: UpstreamConfig,
): Promise<UpstreamProbe['credentials']> {
  try {
    await genericGrantRequest(configuration, 'authorization_code', {
      code: randomBytes(16).toString('hex'),
      redirect_uri: redirectUri,
      code_verifier: randomBytes(32).toString('hex'),
    })
    return 'unknown'
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof WWWAuthenticateChallengeError) return 'refused'
      if (cause instanceof ResponseBodyError) {
        if (cause.error === 'invalid_grant') return 'accepted'
        return ['invalid_client', 'unauthorized_client'].includes(cause.error)
          ? 'refused'
          : 'unknown'
      }
    }
    return 'unknown'
  }
}
