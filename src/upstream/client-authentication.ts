// How this server authenticates at the upstream's token endpoint.
import { importJWK } from 'jose'
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
  type ServerMetadata,
} from 'openid-client'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'

type Credentials = Pick<
  UpstreamConfig,
  'clientSecret' | 'privateKey' | 'authMethod' | 'assertionAudience'
>

export async function createClientAuthentication(
  upstream: Credentials,
  server: ServerMetadata,
): Promise<ClientAuth> {
  const { clientSecret } = upstream
  const method = upstream.authMethod ?? chooseMethod(upstream, server)
  if (method === 'private_key_jwt') return createAssertions(upstream, server)
  if (method === 'none' || clientSecret === undefined) return None()
  return method === 'client_secret_post'
    ? ClientSecretPost(clientSecret)
    : ClientSecretBasic(clientSecret)
}

function chooseMethod(
  { clientSecret, privateKey }: Pick<Credentials, 'clientSecret' | 'privateKey'>,
  { token_endpoint_auth_methods_supported: supported }: ServerMetadata,
) {
  if (privateKey !== undefined) return 'private_key_jwt'
  if (clientSecret === undefined) return 'none'
  // RFC 8414 §2: an absent list means client_secret_basic.
  return supported?.includes('client_secret_basic') === false
    ? 'client_secret_post'
    : 'client_secret_basic'
}

async function createAssertions(
  { privateKey, assertionAudience }: Credentials,
  { issuer, token_endpoint: tokenEndpoint }: ServerMetadata,
): Promise<ClientAuth> {
  if (privateKey === undefined) throw new Error('private_key_jwt needs UPSTREAM_PRIVATE_KEY')
  const { kid, alg, x5t, 'x5t#S256': x5tS256, ...jwk } = privateKey
  const key = await importJWK(jwk, alg)
  if (key instanceof Uint8Array) throw new Error('UPSTREAM_PRIVATE_KEY is no private key')
  const thumbprints = { ...(x5t ? { x5t } : {}), ...(x5tS256 ? { 'x5t#S256': x5tS256 } : {}) }
  return PrivateKeyJwt(kid === undefined ? key : { key, kid }, {
    [modifyAssertion](header, payload) {
      Object.assign(header, thumbprints)
      payload['aud'] = assertionAudience === 'issuer' ? issuer : (tokenEndpoint ?? issuer)
    },
  })
}
