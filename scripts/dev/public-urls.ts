// The public addresses of a tunnel to the servers of `npm run dev`, for clients that call from the internet.
import type { Environment } from '../../src/config/read/read-secret.ts'

export interface PublicUrls {
  /** The issuer of the authorization server: an origin. */
  readonly issuer: string
  /** The MCP server. */
  readonly mcpUrl: string
}

class PublicUrlError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('the addresses of the tunnel are wrong')
    this.faults = faults
  }
}

/** @throws a PublicUrlError that names what is wrong and how to mend it */
export function readPublicUrls(env: Environment): PublicUrls | undefined {
  const { DEV_SERVER_URL: server, DEV_MCP_URL: mcp } = env
  if (!server && !mcp) return undefined
  const faults = [
    ...findFaults('DEV_SERVER_URL', server, '/', 'https://auth-words.trycloudflare.com'),
    ...findFaults('DEV_MCP_URL', mcp, '/mcp', 'https://mcp-words.trycloudflare.com/mcp'),
  ]
  if (!server || !mcp || faults.length > 0) throw new PublicUrlError(faults)
  return { issuer: new URL(server).origin, mcpUrl: mcp }
}

function findFaults(
  name: string,
  value: string | undefined,
  path: string,
  example: string,
): string[] {
  if (!value) return [`${name} is missing: set both addresses of the tunnel, e.g. ${example}`]
  const url = URL.parse(value)
  const isRight =
    url?.protocol === 'https:' && url.pathname === path && !url.search && !url.hash && !url.username
  return isRight ? [] : [`${name} must be an https URL with the path ${path}, e.g. ${example}`]
}
