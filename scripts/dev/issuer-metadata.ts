// Clients of the protocol 2025-03-26 (SDK up to 1.11, Amp) know no protected resource metadata. They look
// for the metadata of the authorization server at the origin of the MCP server.
import { mcpAuthMetadataRouter } from '@modelcontextprotocol/express'
import type { RequestHandler } from 'express'

type OAuthMetadata = Parameters<typeof mcpAuthMetadataRouter>[0]['oauthMetadata']

/**
 * Answers `/.well-known/oauth-authorization-server` with the metadata of `issuer`. Fetches it with the first
 * request, because the authorization server may start later than this server.
 */
export function repeatIssuerMetadata(options: {
  issuer: string
  resource: string
}): RequestHandler {
  const resourceServerUrl = new URL(options.resource)
  let router: RequestHandler | undefined

  return async (request, response, next) => {
    if (request.path !== '/.well-known/oauth-authorization-server') return next()
    try {
      router ??= mcpAuthMetadataRouter({
        oauthMetadata: await fetchMetadata(options.issuer),
        resourceServerUrl,
      })
    } catch {
      response.status(503).set('Retry-After', '5').end()
      return
    }
    router(request, response, next)
  }
}

async function fetchMetadata(issuer: string): Promise<OAuthMetadata> {
  const url = `${issuer}/.well-known/oauth-authorization-server`
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return (await response.json()) as OAuthMetadata
}
