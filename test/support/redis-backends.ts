// Every kind of Redis deployment: one server, with a password, with TLS and an ACL, Sentinel, Cluster.

import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { startSentinelSetup } from './redis-sentinel.ts'
import { startTlsRedis } from './redis-tls.ts'

export interface Backend {
  readonly url: string
  release(): Promise<void>
}

/** A password with every character that has a meaning in a URL. */
export const PASSWORD = 'p@ss:w/o?r#d %41'

/**
 * The least rights that a store needs. With `+info` it can also warn of eviction. A database other than 0
 * needs `+select`, a Cluster needs `+cluster|slots +asking`, and Sentinels need `+sentinel|master +ping`.
 */
export const RIGHTS =
  '+get +set +getdel +exists +unlink +eval +evalsha +incrby +pttl +scan +ping'.split(' ')

export function aclUser(name: string, keyPatterns: readonly string[], rights = RIGHTS): string[] {
  const keys = keyPatterns.map((pattern) => `~${pattern}`)
  return [name, 'on', `>${PASSWORD}`, ...keys, '-@all', ...rights]
}

export const REDIS_BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  redis: async () => {
    const url = process.env['REDIS_URL']
    if (url) return { url, release: async () => {} }
    const server = await startRedis()
    return { url: server.url, release: server.stop }
  },
  'redis with a password': async () => {
    const server = await startRedis({ flags: ['--requirepass', PASSWORD] })
    const url = server.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`)
    return { url: `${url}/3`, release: server.stop }
  },
  'redis with TLS and least rights': async () => {
    const user = aclUser('app', ['suite:*', 'xsuite:*'])
    const server = await startTlsRedis({ flags: ['--user', ...user] })
    const login = `app:${encodeURIComponent(PASSWORD)}@`
    const ca = new URLSearchParams({ ca: server.caFile })
    return { url: `${server.tlsUrl.replace('//', `//${login}`)}?${ca}`, release: server.stop }
  },
  'redis with Sentinel': async () => {
    const setup = await startSentinelSetup()
    return { url: setup.url, release: setup.stop }
  },
  'redis Cluster': async () => {
    const cluster = await startRedisCluster()
    return { url: cluster.url, release: cluster.stop }
  },
}
