// Resolves a host name. special-addresses.ts decides which addresses may be used.
import type { LookupAddress } from 'node:dns'
import dns from 'node:dns/promises'

const DNS_TIMEOUT_MS = 2000

/** With the resolver of the system, including its hosts file. For names that the operator has listed. */
export function resolveWithSystem(hostname: string): Promise<LookupAddress[]> {
  return dns.lookup(hostname, { all: true })
}

/**
 * Queries the name servers directly. A lookup by the system would block one of the few threads that all
 * lookups share, those of the upstream and Redis included, while a stranger's name server is silent.
 */
export async function resolveWithDns(hostname: string): Promise<LookupAddress[]> {
  const resolver = new dns.Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 })
  const [v4, v6] = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ])
  const addresses = [
    ...(v4.status === 'fulfilled' ? v4.value : []).map((address) => ({ address, family: 4 })),
    ...(v6.status === 'fulfilled' ? v6.value : []).map((address) => ({ address, family: 6 })),
  ]
  if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason
  return addresses
}
