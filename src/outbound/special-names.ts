// The host names that a stranger's URL may send to the proxy. The proxy resolves them, so special-addresses.ts
// has nothing to check.
import { parse } from 'tldts'

/**
 * Whether people register names like this one: its top-level domain is on the public suffix list. So names
 * without a dot, `localhost`, `.internal`, `.local` and cluster names such as `redis.default.svc` are refused.
 * A public name may still have a private address, which only the proxy can refuse.
 */
export function isPublicName(hostname: string): boolean {
  const { isIcann, publicSuffix } = parse(hostname)
  // home.arpa is for home networks (RFC 8375), and the other names below arpa are not for hosts.
  return hostname.includes('.') && isIcann === true && !/(^|\.)arpa$/.test(publicSuffix ?? '')
}
