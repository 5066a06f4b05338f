// The way to a host that a stranger named: directly, to addresses that are resolved once and checked, or by
// a tunnel through the operator's proxy, which resolves the name, so that only the name can be checked.
import type { LookupAddress } from 'node:dns'
import type { Duplex } from 'node:stream'
import type { ProxySettings } from '../config/proxy/https-proxy.ts'
import { createExceptionCheck } from './proxy/proxy-exceptions.ts'
import { openTunnel } from './proxy/proxy-tunnel.ts'
import { resolveWithDns, resolveWithSystem } from './resolve-host.ts'
import { type ConnectionTarget, connectTo, type SecureTarget, secure } from './secure-connection.ts'
import { isPublicAddress } from './special-addresses.ts'
import { isPublicName } from './special-names.ts'

/** Tests replace DNS and TLS with these. A connection emits `secureConnect`. */
export interface OutboundOverrides {
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
  readonly connect?: (target: ConnectionTarget) => Duplex
}

/** The current step. `check`: whether the host may be dialled; `proxy`: everything through the proxy. */
export type DialStep = 'check' | 'resolve' | 'proxy' | 'connect'

export class DialError extends Error {
  /** `address`: the host has no address, or none that is public. */
  readonly fault: 'address' | 'network'

  constructor(fault: DialError['fault'], options: { cause?: unknown } = {}) {
    super(fault, options)
    this.fault = fault
  }
}

/**
 * @param onStep is called at the beginning of each step
 * @returns a function that opens the connection, which emits `secureConnect`
 * @throws DialError
 */
type Dial = (
  target: SecureTarget,
  options: { signal: AbortSignal; onStep: (step: DialStep) => void },
) => Promise<() => Duplex>

/** @param options.privateHosts in lower case; host names that the operator trusts: their addresses may be private */
export function createDialler(
  options: {
    privateHosts: ReadonlySet<string>
    proxy?: ProxySettings | undefined
  } & OutboundOverrides,
): Dial {
  const { privateHosts, proxy } = options
  const isExcepted = createExceptionCheck(proxy?.exceptions ?? [])
  const resolveHost = (hostname: string) =>
    privateHosts.has(hostname) ? resolveWithSystem(hostname) : resolveWithDns(hostname)
  const { resolve = resolveHost, connect = connectTo } = options

  async function findAddresses(hostname: string): Promise<readonly LookupAddress[]> {
    return resolve(hostname).catch((cause: unknown) => {
      // An unknown name and a private one fail alike: the error must not help to map our network.
      throw new DialError(isUnknownHost(cause) ? 'address' : 'network', { cause })
    })
  }

  function checkAddresses(
    hostname: string,
    [first, ...others]: readonly LookupAddress[],
  ): ConnectionTarget['addresses'] {
    if (!first) throw new DialError('address')
    const isAllowed =
      privateHosts.has(hostname) ||
      [first, ...others].every(({ address }) => isPublicAddress(address))
    if (!isAllowed) throw new DialError('address')
    return [first, ...others]
  }

  return async function dial(target, { signal, onStep }) {
    const { hostname } = target
    onStep('check')
    if (proxy && !isExcepted(target)) {
      if (!privateHosts.has(hostname) && !isPublicName(hostname)) throw new DialError('address')
      onStep('proxy')
      const tunnel = await openTunnel(proxy.server, target, signal).catch((cause: unknown) => {
        throw new DialError('network', { cause })
      })
      return () => secure(tunnel, target)
    }
    onStep('resolve')
    const found = await findAddresses(hostname)
    onStep('check')
    const addresses = checkAddresses(hostname, found)
    onStep('connect')
    return () => connect({ ...target, addresses })
  }
}

const UNKNOWN_HOST_CODES: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME'])

function isUnknownHost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNKNOWN_HOST_CODES.has(error.code)
}
