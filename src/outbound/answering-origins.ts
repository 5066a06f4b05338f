// The origins that have answered. A stranger who chooses a URL can make a path, a port or a subdomain of an honest
// site look silent, so only a connection that fails ends the standing of an origin, and only of that one.
import { createBoundedMap } from '../bounded-map.ts'
import { registeredDomainOf } from './site.ts'

const MAX_DOMAINS = 2000
/** Any number of names of one domain can answer, and must not make this forget the others. */
const MAX_ORIGINS_PER_DOMAIN = 16

export interface AnsweringOrigins {
  has(url: URL): boolean
  /** The URL was fetched. */
  noteAnswer(url: URL): void
  /** The host has no address, takes no connection, or does not complete the TLS handshake. */
  noteUnreachable(url: URL): void
}

export function createAnsweringOrigins(): AnsweringOrigins {
  const domains = createBoundedMap<ReturnType<typeof createBoundedMap<true>>>(MAX_DOMAINS)
  const originsBeside = ({ hostname }: URL) => domains.get(registeredDomainOf(hostname))
  return {
    has: (url) => originsBeside(url)?.get(url.origin) ?? false,
    noteAnswer(url) {
      const origins = originsBeside(url) ?? createBoundedMap<true>(MAX_ORIGINS_PER_DOMAIN)
      origins.set(url.origin, true)
      domains.set(registeredDomainOf(url.hostname), origins)
    },
    noteUnreachable: (url) => originsBeside(url)?.delete(url.origin),
  }
}
