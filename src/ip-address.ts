// IP addresses in URLs and settings: their brackets, and CIDR ranges (RFC 4632 §3.1, RFC 4291 §2.3).
import { BlockList, isIP } from 'node:net'

export interface AddressRange {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** An address is a range of one. Undefined: neither an address nor a CIDR range. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const family = familyOf(address)
  if (!family || rest.length > 0) return undefined
  const all = family === 'ipv4' ? 32 : 128
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= all)) return undefined
  return { address, bits: Number(bits ?? all), family }
}

/** @returns whether an address is in one of the ranges; text that is not an address is in none */
export function createRangeCheck(ranges: readonly AddressRange[]): (address: string) => boolean {
  const list = new BlockList()
  for (const { address, bits, family } of ranges) list.addSubnet(address, bits, family)
  return (address) => {
    const family = familyOf(address)
    return family !== undefined && list.check(address, family)
  }
}

/** The host of `URL.hostname`, where an IPv6 address has brackets, as sockets and certificates have it. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function familyOf(address: string): AddressRange['family'] | undefined {
  const version = isIP(address)
  if (version === 0) return undefined
  return version === 4 ? 'ipv4' : 'ipv6'
}
