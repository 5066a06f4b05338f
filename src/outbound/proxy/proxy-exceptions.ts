// Whether a host is an exception from the proxy. config/proxy/no-proxy.ts parses the exceptions.
import type { ProxyException } from '../../config/proxy/no-proxy.ts'
import { createRangeCheck, withoutBrackets } from '../../ip-address.ts'

export interface HostAndPort {
  /** As in `URL.hostname`: lower case, and an IPv6 address has brackets. */
  readonly hostname: string
  readonly port: number
}

/** @returns whether the server connects to a host directly */
export function createExceptionCheck(
  exceptions: readonly ProxyException[],
): (target: HostAndPort) => boolean {
  const checks = exceptions.map(createCheck)
  return ({ hostname, port }) => {
    const host = withoutBrackets(hostname).replace(/\.$/, '')
    return checks.some((excepts) => excepts(host, port))
  }
}

function createCheck(exception: ProxyException): (host: string, port: number) => boolean {
  if (exception.kind === 'all') return () => true
  const holds = exception.kind === 'range' ? createRangeCheck([exception]) : below(exception.name)
  return (host, port) => (exception.port === undefined || exception.port === port) && holds(host)
}

function below(name: string): (host: string) => boolean {
  return (host) => host === name || host.endsWith(`.${name}`)
}
