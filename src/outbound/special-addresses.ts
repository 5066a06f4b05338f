// The addresses that a stranger's URL may lead to: global unicast addresses outside the special-purpose ranges
// (RFC 6890 and the IANA registries). node:net parses the addresses.
import { BlockList, isIP } from 'node:net'

type Subnet = readonly [network: string, bits: number]

const SPECIAL_IPV4: readonly Subnet[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's metadata and DNS, in a public range
  ['169.254.0.0', 16], // link-local, cloud metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // IETF protocols
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

// Everything outside this range is rejected: ::1, IPv4-mapped, NAT64, ULA, link-local, multicast.
const GLOBAL_IPV6: Subnet = ['2000::', 3]

const SPECIAL_IPV6: readonly Subnet[] = [
  ['2001::', 23], // IETF protocols, Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address inside
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
]

function createList(subnets: readonly Subnet[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const [network, bits] of subnets) list.addSubnet(network, bits, family)
  return list
}

const specialIpv4 = createList(SPECIAL_IPV4, 'ipv4')
const globalIpv6 = createList([GLOBAL_IPV6], 'ipv6')
const specialIpv6 = createList(SPECIAL_IPV6, 'ipv6')

/** @param address as a resolver returns it. Text that is not an address is not public. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4')
    case 6:
      return (
        // A zone restricts an address to one link.
        !address.includes('%') &&
        globalIpv6.check(address, 'ipv6') &&
        !specialIpv6.check(address, 'ipv6')
      )
    default:
      return false
  }
}
