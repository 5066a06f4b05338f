// Whether a host is an exception from the proxy. config/proxy/no-proxy.ts parses the exceptions.
import { BlockList, isIP } from 'node:net'
import type { ProxyException } from '../../config/proxy/no-proxy.ts'

export interface HostAndPort {
  /** As in `URL.hostname`: lower case, and an IPv6 address has brackets. */
  readonly hostname: string
  readonly port: number
}

export function isExcepted(
  { hostname, port }: HostAndPort,
  exceptions: readonly ProxyException[],
): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return exceptions.some((exception) => {
    if (exception.kind === 'all') return true
    if (exception.port !== undefined && exception.port !== port) return false
    if (exception.kind === 'range') return isInRange(host, exception)
    return host === exception.name || host.endsWith(`.${exception.name}`)
  })
}

function isInRange(host: string, range: ProxyException & { kind: 'range' }): boolean {
  if (isIP(host) === 0) return false
  const list = new BlockList()
  list.addSubnet(range.address, range.bits, range.family)
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}
