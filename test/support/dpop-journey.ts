// A journey with tokens that are bound to a key (RFC 9449 §5): each token request carries a proof.

import type { DpopKey } from './dpop.ts'
import {
  authorize,
  buildAuthorization,
  type Client,
  postToken,
  REDIRECT_URI,
  type TokenAnswer,
} from './journey.ts'

type Form = Record<string, string | undefined>

/** Posts to /token with a new proof. With `url`, to that replica of the issuer. */
export async function postWithProof(
  issuer: string,
  key: DpopKey,
  form: Form,
  { url = issuer, nonce }: { url?: string; nonce?: string } = {},
): Promise<TokenAnswer> {
  const claims = nonce === undefined ? {} : { nonce }
  const dpop = await key.prove('POST', `${issuer}/token`, { claims })
  return postToken(url, form, { dpop })
}

/** Authorizes the client, and returns the form that redeems the code. */
export async function obtainCodeForm(
  issuer: string,
  client: Client,
  parameters: Form = {},
): Promise<Form> {
  const authorization = buildAuthorization(issuer, client, parameters)
  const answer = await authorize(authorization)
  return {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    client_secret: client.client_secret,
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: REDIRECT_URI,
  }
}

export function refreshForm(client: Client, refreshToken: unknown): Form {
  return {
    grant_type: 'refresh_token',
    client_id: client.client_id,
    client_secret: client.client_secret,
    refresh_token: String(refreshToken),
  }
}
