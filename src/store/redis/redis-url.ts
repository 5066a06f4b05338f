// Parses a Redis URL, which names one server, a master behind Sentinel, or a Cluster. A WHATWG URL holds only
// one host, so this file splits the URL itself.

import { readFileSync } from 'node:fs'
import { withoutBrackets } from '../../ip-address.ts'

export interface RedisEndpoint {
  readonly host: string
  readonly port: number
}

export interface RedisAccess {
  readonly username?: string
  readonly password?: string
  readonly database?: number
  /** Undefined: no TLS. `ca`, in PEM, replaces the certificate authorities that Node trusts. */
  readonly tls?: { readonly ca?: string }
}

type Endpoints = readonly [RedisEndpoint, ...RedisEndpoint[]]

export type RedisTarget =
  | { readonly kind: 'server'; readonly endpoint: RedisEndpoint; readonly access: RedisAccess }
  | {
      readonly kind: 'sentinel'
      readonly sentinels: Endpoints
      readonly sentinelAccess: RedisAccess
      readonly masterName: string
      readonly access: RedisAccess
    }
  | { readonly kind: 'cluster'; readonly seeds: Endpoints; readonly access: RedisAccess }

const URL_PATTERN =
  /^redis(?<s>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^/?#:]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^/?#]*))?(?:\?(?<query>[^#]*))?$/i

const PARAMETERS = {
  server: ['ca'],
  sentinel: ['ca', 'db', 'sentinelUser', 'sentinelPassword'],
  cluster: ['ca'],
} as const

/**
 * Every part is percent-encoded, as in `rediss://user:p%40ss@host:6379/0?ca=/etc/redis-ca.pem`. The forms:
 *
 * - `redis://[user:password@]host[:port][/db]`
 * - `redis+sentinel://[user:password@]host[:port],…/masterName[?db=…&sentinelUser=…&sentinelPassword=…]`
 * - `redis+cluster://[user:password@]host[:port],…`
 *
 * and the same with `rediss` for TLS, where `?ca=PATH` names the PEM file of a private CA.
 *
 * @returns undefined if the URL has none of these forms
 * @throws if the CA file can't be read
 */
export function parseRedisUrl(url: string): RedisTarget | undefined {
  const parts = URL_PATTERN.exec(url)?.groups
  if (parts === undefined) return undefined
  // A cast, because the pattern matches no other kind.
  const kind = (parts['kind']?.toLowerCase() ?? 'server') as RedisTarget['kind']
  const query = new URLSearchParams(parts['query'] ?? '')
  const endpoints = parseEndpoints(parts['hosts'] ?? '', kind === 'sentinel' ? 26379 : 6379)
  const user = decode(parts['user'] ?? '')
  const password = decode(parts['password'] ?? '')
  const path = decode(parts['path'] ?? '')
  if (!endpoints || user === undefined || password === undefined || path === undefined) return
  const accepted: readonly string[] = PARAMETERS[kind]
  if ([...query.keys()].some((name) => !accepted.includes(name))) return undefined
  if (query.has('ca') && parts['s'] === '') return undefined

  const secured = parts['s'] === '' ? {} : { tls: readCaFile(query.get('ca')) }
  const access = (name: string, secret: string): RedisAccess => ({
    ...(name !== '' && { username: name }),
    ...(secret !== '' && { password: secret }),
    ...secured,
  })
  const database = parseDatabase(kind === 'server' ? path : (query.get('db') ?? ''))
  if (database === undefined) return undefined
  const dataAccess = { ...access(user, password), database }
  switch (kind) {
    case 'server':
      if (endpoints.length > 1) return undefined
      return { kind, endpoint: endpoints[0], access: dataAccess }
    case 'sentinel': {
      if (path === '') return undefined
      const [name, secret] = [query.get('sentinelUser') ?? '', query.get('sentinelPassword') ?? '']
      const sentinelAccess = access(name, secret)
      return { kind, sentinels: endpoints, sentinelAccess, masterName: path, access: dataAccess }
    }
    case 'cluster':
      if (path !== '') return undefined
      return { kind, seeds: endpoints, access: dataAccess }
  }
}

function parseEndpoints(hosts: string, defaultPort: number): Endpoints | undefined {
  const parsed = hosts.split(',').map((host) => URL.parse(`redis://${host}`))
  const endpoints = parsed.flatMap((url) => {
    if (!url || url.hostname === '') return []
    const host = withoutBrackets(url.hostname)
    return [{ host, port: url.port === '' ? defaultPort : Number(url.port) }]
  })
  const [first, ...others] = endpoints
  return first && endpoints.length === parsed.length ? [first, ...others] : undefined
}

function parseDatabase(text: string): number | undefined {
  return /^\d{0,5}$/.test(text) ? Number(text) : undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function readCaFile(path: string | null): { ca?: string } {
  if (path === null) return {}
  try {
    return { ca: readFileSync(path, 'utf8') }
  } catch (cause) {
    throw new Error(`the CA file of the store URL can't be read: ${path}`, { cause })
  }
}
