// What an MCP server does with access tokens, with jose and node:http alone. To see it answer, beside an
// `npm start` whose RESOURCES is its URL (`npm run dev` brings an MCP server of its own there):
//   OAUTH_ISSUER_URL=http://localhost:4000 OAUTH_AUDIENCE=http://localhost:3000/mcp \
//     node docs/samples/verify-with-jose.ts
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

export interface Caller {
  /** The person; the same at every login. */
  readonly subject: string
  /** The MCP client that acts for them. */
  readonly clientId: string
  readonly scopes: ReadonlySet<string>
}

/** The token is not valid here: 401. What else is thrown is no fault of the token. */
export class InvalidToken extends Error {}

export function createVerifier({ issuer, audience }: { issuer: string; audience: string }) {
  // Fetched at the first token, kept for 10 minutes, and fetched again (at most every 30 s) for a `kid`
  // that is not known yet. Make one per process, not one per request.
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  return async function verify(token: string): Promise<Caller> {
    const { payload } = await jwtVerify(token, keys, {
      // Both are compared as strings: exactly OIDC_ISSUER, exactly the entry of RESOURCES.
      issuer,
      audience,
      // RFC 9068 §4: an ID token is no access token, though the same key signed it.
      typ: 'at+jwt',
      // RFC 8725 §3.1: what you expect, never what the token says.
      algorithms: ['RS256', 'ES256'],
      requiredClaims: ['sub', 'client_id', 'exp'],
      clockTolerance: '5s',
    }).catch((error: unknown) => {
      throw isTokenFault(error) ? new InvalidToken() : error
    })
    // RFC 9449 §7.2: bound to a key, which this server does not ask for.
    if (payload['cnf'] !== undefined) throw new InvalidToken()
    return {
      subject: String(payload.sub),
      clientId: String(payload['client_id']),
      scopes: new Set(String(payload['scope'] ?? '').split(' ')),
    }
  }
}

// Keys that can't be fetched are this server's trouble (503). A 401 would send the client to ask for
// a token that can't be verified either.
const KEY_FAULTS = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'])

function isTokenFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !KEY_FAULTS.has(error.code)
}

export function createResourceServer(options: {
  issuer: string
  /** Its own URL, as RESOURCES of the authorization server has it. */
  resource: string
  requiredScope: string
}): RequestListener {
  const { issuer, resource, requiredScope } = options
  const verify = createVerifier({ issuer, audience: resource })
  const { origin, pathname } = new URL(resource)
  // RFC 9728 §3.1: the resource's path comes after the well-known part.
  const metadataPath = `/.well-known/oauth-protected-resource${pathname}`
  const metadata = {
    resource,
    authorization_servers: [issuer],
    scopes_supported: [requiredScope],
    bearer_methods_supported: ['header'],
  }

  /** RFC 6750 §3, and RFC 9728 §5.1: from `resource_metadata` a client finds the way to a token. */
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
      // Here the MCP server does its work.
      return answer(response, { subject: caller.subject, clientId: caller.clientId })
    } catch (error) {
      if (error instanceof InvalidToken) return refuse(response, 401, 'invalid_token')
      response.writeHead(503, { 'retry-after': '5' }).end()
    }
  }
}

if (import.meta.main) {
  // biome-ignore lint/style/noProcessEnv: here the sample is a program of its own
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
