// A host name's addresses; which of them may be called is special-addresses.ts.
import type { LookupAddress } from 'node:dns'
import dns from 'node:dns/promises'

const DNS_TIMEOUT_MS = 2000

/** As the machine does it, its hosts file included; for the names that the operator has listed. */
export function resolveWithSystem(hostname: string): Promise<LookupAddress[]> {
  return dns.lookup(hostname, { all: true })
}

// Asked of the name servers themselves: a lookup by the machine holds a thread of the few that all
// others need, the upstream's and Redis' too, for as long as a stranger's name server is silent.
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
