// Every way in which a Redis may be there: one server, behind TLS and rights, Sentinel, Cluster.

import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { startSentinelSetup } from './redis-sentinel.ts'
import { startTlsRedis } from './redis-tls.ts'

export interface Backend {
  readonly url: string
  release(): Promise<void>
}

/** With everything in it that a URL takes for its own. */
export const PASSWORD = 'p@ss:w/o?r#d %41'

/**
 * The least that a store needs. Besides: `+info` lets it warn of eviction, `+select` goes with a
 * database other than 0, `+cluster|slots` and `+asking` with a Cluster; at Sentinels
 * `+sentinel|master +ping`.
 */
export const RIGHTS = '+get +set +getdel +exists +unlink +eval +evalsha +scan +ping'.split(' ')

export function aclUser(name: string, keyPatterns: readonly string[], rights = RIGHTS): string[] {
  return [name, 'on', `>${PASSWORD}`, ...keyPatterns.map((one) => `~${one}`), '-@all', ...rights]
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
