// A sender's address as rate limits see it: what one subscriber has, and whether many people share it.
import { isIP, isIPv6 } from 'node:net'
import type { LimitSettings } from '../config/file-schema.ts'
import { createRangeCheck, parseAddressRange } from '../ip-address.ts'

const HEXTETS = 8
/** A /64, which is the least that a subscriber gets (RFC 6177 §2). */
const SUBSCRIBER_HEXTETS = 4
const END_SITE_HEXTETS = 3

/** An address as some proxies forward it, such as `192.0.2.1:1000` or `[2001:db8::1]:1000`. Others stay as they are. */
export function withoutPort(text: string): string {
  const [, v6 = '', v4 = ''] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(text) ?? []
  const address = v6 || v4
  return isIP(address) === 0 ? text : address
}

/** An IPv4 address as it is, of an IPv6 address its /64. Any other text stays as it is. */
export function subscriberOf(address: string): string {
  const plain = unmap(address)
  if (!isIPv6(plain)) return plain
  return `${expand(plain).slice(0, SUBSCRIBER_HEXTETS).join(':')}::/64`
}

/** The /48 of an IPv6 address, which is the most that an end site gets (RFC 6177 §2); undefined for another address. */
export function endSiteOf(address: string): string | undefined {
  const plain = unmap(address)
  if (!isIPv6(plain)) return undefined
  return `${expand(plain).slice(0, END_SITE_HEXTETS).join(':')}::/48`
}

/** @returns whether an address lies in one of the ranges */
export function createEgressCheck(
  sharedEgress: LimitSettings['sharedEgress'],
): (address: string) => boolean {
  // config/file-schema.ts accepts no other text.
  const ranges = Object.values(sharedEgress)
    .flatMap((egress) => egress.ranges.map(parseAddressRange))
    .filter((range) => range !== undefined)
  const isInRange = createRangeCheck(ranges)
  return (address) => isInRange(unmap(address))
}

/** The IPv4 address in an IPv4-mapped one (RFC 4291 §2.5.5.2); without the zone of a link-local one. */
function unmap(address: string): string {
  const plain = address.replace(/%.*$/s, '')
  if (!isIPv6(plain)) return plain
  const hextets = expand(plain)
  const isMapped = hextets.slice(0, 5).every((hextet) => hextet === '0') && hextets[5] === 'ffff'
  if (!isMapped) return plain
  const bytes = hextets.slice(6).flatMap((hextet) => {
    const value = Number.parseInt(hextet, 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join('.')
}

/** The eight hextets of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  // URL writes an embedded IPv4 address as two hextets.
  const { hostname } = new URL(`http://[${address}]`)
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((hextet) => hextet !== ''))
  const zeros = new Array<string>(HEXTETS - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail]
}
