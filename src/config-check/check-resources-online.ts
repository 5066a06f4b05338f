// Whether each MCP server tells its clients to come here: its protected resource metadata (RFC 9728) against RESOURCES.
import type { Config } from '../config/load.ts'
import { isObject, type Members } from '../oauth/json-members.ts'
import { canonicalResourceKey, resourceUrisOf } from '../oauth/resource-uri.ts'
import { createFetchOrThrow, type UpstreamFetch } from '../upstream/upstream-fetch.ts'
import { type Finding, problem } from './finding.ts'

const WELL_KNOWN = '.well-known/oauth-protected-resource'
const TIMEOUT_MS = 5000

export async function checkResourcesOnline(options: {
  config: Pick<Config, 'issuer' | 'resourceServers'>
  fetch: UpstreamFetch
}): Promise<Finding[]> {
  const { issuer, resourceServers } = options.config
  const uris = resourceServers.flatMap(resourceUrisOf)
  const findings = uris.map((uri) => checkResource(uri, issuer, options.fetch))
  return (await Promise.all(findings)).flat()
}

async function checkResource(
  uri: string,
  issuer: string,
  fetch: UpstreamFetch,
): Promise<Finding[]> {
  const url = metadataUrlOf(uri)
  const document = await read(url, fetch).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  if (document instanceof Error) {
    return [
      problem(
        'RESOURCES',
        `${url} cannot be read (${document.message}): MCP clients look there first`,
      ),
    ]
  }
  const { resource, authorization_servers: servers } = document
  const findings: Finding[] = []
  const isSame =
    typeof resource === 'string' && canonicalResourceKey(resource) === canonicalResourceKey(uri)
  if (!isSame) {
    const told = JSON.stringify(String(resource))
    findings.push(
      problem(
        'RESOURCES',
        `${url} says that the resource is ${told}: use that here, or change it there`,
      ),
    )
  }
  if (!Array.isArray(servers) || !servers.includes(issuer)) {
    findings.push(problem('RESOURCES', `${url} does not list ${issuer} in authorization_servers`))
  }
  return findings
}

/** RFC 9728 §3.1: the well-known part goes between host and path. */
function metadataUrlOf(uri: string): string {
  const { origin, pathname, search } = new URL(uri)
  return `${origin}/${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`
}

async function read(url: string, fetch: UpstreamFetch): Promise<Members> {
  const response = await createFetchOrThrow(fetch)(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
  const document: unknown = await response.json().catch(() => undefined)
  if (!isObject(document)) throw new Error('no JSON object')
  return document
}
