// The owners of host names, by the public suffix list.
import { getDomain } from 'tldts'

/**
 * The registrable domain: its owner has any number of host names. A customer's subdomain of a hosting platform
 * (`name.github.io`) is a site of its own, so that customers cannot keep each other out.
 */
export function siteOf(hostname: string): string {
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname
}

/**
 * The domain that somebody registered: for all customers of a platform, that of the platform. Such a domain costs
 * money, and the names that a platform resolves below its own do not.
 */
export function registeredDomainOf(hostname: string): string {
  return getDomain(hostname) ?? hostname
}
