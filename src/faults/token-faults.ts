// The faults of a request that presents a token of ours, or the secret of a resource server.

const dpop = {
  status: 401,
  challenge: 'DPoP',
  nextSteps: ['Send a new proof of the key.'],
} as const

export const TOKEN_FAULTS = {
  token_missing: {
    status: 401,
    error: 'invalid_token',
    description: 'An access token is needed in the Authorization header.',
    nextSteps: ['Send the token as Authorization: Bearer.'],
    challenge: 'Bearer',
  },
  invalid_token: {
    status: 401,
    error: 'invalid_token',
    description: 'The access token is expired, revoked or not one of ours.',
    nextSteps: ['Refresh the token, or sign in again.'],
    challenge: 'Bearer',
  },
  dpop_required: {
    ...dpop,
    error: 'invalid_token',
    description: 'The access token is bound to a key and needs a DPoP proof with it.',
  },
  invalid_dpop_proof: {
    ...dpop,
    error: 'invalid_dpop_proof',
    description: 'The DPoP proof is not valid for this request, or was used before.',
  },
  use_dpop_nonce: {
    ...dpop,
    error: 'use_dpop_nonce',
    description: 'The DPoP proof needs the nonce of the DPoP-Nonce header.',
  },
  invalid_resource_server: {
    status: 401,
    error: 'invalid_client',
    description: 'The resource server is not known here, or its secret is wrong.',
    nextSteps: ['Use the resource URI as client id, and the secret from the configuration.'],
    challenge: 'Basic',
  },
  insufficient_scope: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token does not carry the scope openid.',
    nextSteps: ['Ask for the scope openid when signing in.'],
    challenge: 'Bearer',
  },
} as const
