// Which URLs of strangers are fetched, by their text alone. special-addresses.ts decides about their addresses.
import { isIP } from 'node:net'
import { parseUrl } from '../oauth/parse-url.ts'

/**
 * Only https URLs with a host name, and on port 443 unless the operator listed the host: an honest host may drop packets
 * to its other ports, so a stranger could hold fetches there in its name.
 */
export function parseTargetUrl(given: string, privateHosts: ReadonlySet<string>): URL | undefined {
  const url = parseUrl(given)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  const { hostname, port } = url
  // The parser has already normalised decimal, octal and hexadecimal notations of IPv4.
  const isAddress = isIP(hostname) !== 0 || hostname.startsWith('[')
  if (isAddress || hostname.endsWith('.')) return undefined
  return port === '' || privateHosts.has(hostname) ? url : undefined
}
