// How an MCP server verifies access tokens, with only jose and node:http. To try it, run `npm start` with
// its URL in RESOURCES (`npm run dev` starts another MCP server at that URL), and:
//   OAUTH_ISSUER_URL=http://localhost:4000 OAUTH_AUDIENCE=http://localhost:3000/mcp \
//     node docs/samples/verify-with-jose.ts
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

export interface Caller {
  /** Identifies the person; the same at every login. */
  readonly subject: string
  /** The MCP client that acts for the person. */
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

/** The token is not valid here: 401. Any other error is not the token's fault. */
export class InvalidToken extends Error {}

export function createVerifier({ issuer, audience }: { issuer: string; audience: string }) {
  // Fetches the keys with the first token, caches them for 10 minutes, and fetches them again (at most
  // every 30 s) for an unknown `kid`. Create one per process, not one per request.
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  return async function verify(token: string): Promise<Caller> {
    const { payload } = await jwtVerify(token, keys, {
      // Both are compared as strings: exactly OIDC_ISSUER, exactly the entry of RESOURCES.
      issuer,
      audience,
      // RFC 9068 §4: an ID token is not an access token, although the same key signed it.
      typ: 'at+jwt',
      // RFC 8725 §3.1: the algorithms that you expect, never the one that the token names.
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['sub', 'client_id', 'exp'],
      clockTolerance: '5s',
    }).catch((error: unknown) => {
      throw isTokenFault(error) ? new InvalidToken() : error
    })
    // RFC 9449 §7.2: the token is bound to a key, and this server does not check proofs.
    if (payload['cnf'] !== undefined) throw new InvalidToken()
    return {
      subject: String(payload.sub),
      clientId: String(payload['client_id']),
      scopes: new Set(String(payload['scope'] ?? '').split(' ')),
      expiresAt: Number(payload.exp),
    }
  }
}

// If the keys can't be fetched, the fault is on this side (503). A 401 would make the client get a new
// token, which can't be verified either.
const KEY_FAULTS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'])

function isTokenFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !KEY_FAULTS.has(error.code)
}

export function createResourceServer(options: {
  issuer: string
  /** This server's own URL, exactly as in RESOURCES of the authorization server. */
  resource: string
  requiredScope: string
}): RequestListener {
  const { issuer, resource, requiredScope } = options
  const verify = createVerifier({ issuer, audience: resource })
  const { origin, pathname } = new URL(resource)
  // RFC 9728 §3.1: the resource's path follows the well-known part.
  const metadataPath = `/.well-known/oauth-protected-resource${pathname}`
  const metadata = {
    resource,
    authorization_servers: [issuer],
    scopes_supported: [requiredScope],
    bearer_methods_supported: ['header'],
  }

  /** RFC 6750 §3, RFC 9728 §5.1: `resource_metadata` tells a client where to get a token. */
  function refuse(response: ServerResponse, status: 401 | 403, error?: string): void {
    const parameters = {
      ...(error !== undefined && { error }),
      scope: requiredScope,
      resource_metadata: `${origin}${metadataPath}`,
    }
    const challenge = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
    response.writeHead(status, { 'www-authenticate': `Bearer ${challenge.join(', ')}` }).end()
  }

  function answer(response: ServerResponse, body: unknown): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  return async (request, response) => {
    if (request.url === metadataPath) return answer(response, metadata)
    const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) return refuse(response, 401)
    try {
      const caller = await verify(token)
      if (!caller.scopes.has(requiredScope)) return refuse(response, 403, 'insufficient_scope')
      // The MCP server's own work goes here.
      return answer(response, { subject: caller.subject, clientId: caller.clientId })
    } catch (error) {
      if (error instanceof InvalidToken) return refuse(response, 401, 'invalid_token')
      response.writeHead(503, { 'retry-after': '5' }).end()
    }
  }
}

if (import.meta.main) {
  // biome-ignore lint/style/noProcessEnv: run directly, the sample is a program
  const { OAUTH_ISSUER_URL, OAUTH_AUDIENCE } = process.env
  if (!OAUTH_ISSUER_URL || !OAUTH_AUDIENCE) {
    throw new Error('OAUTH_ISSUER_URL and OAUTH_AUDIENCE are required')
  }
  const handle = createResourceServer({
    issuer: OAUTH_ISSUER_URL,
    resource: OAUTH_AUDIENCE,
    requiredScope: 'mcp:tools',
  })
  createServer(handle).listen(Number(new URL(OAUTH_AUDIENCE).port), '127.0.0.1')
}
