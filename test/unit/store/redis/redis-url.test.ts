import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRedisUrl } from '../../../../src/store/redis/redis-url.ts'

const TARGETS = {
  'redis://host': {
    kind: 'server',
    endpoint: { host: 'host', port: 6379 },
    access: { database: 0 },
  },
  'REDISS://app:p%40ss%2F%3A@[::1]:1/7': {
    kind: 'server',
    endpoint: { host: '::1', port: 1 },
    access: { username: 'app', password: 'p@ss/:', tls: {}, database: 7 },
  },
  'redis+sentinel://:pw@a,b:1/main?db=2&sentinelPassword=s%26': {
    kind: 'sentinel',
    sentinels: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 1 },
    ],
    sentinelAccess: { password: 's&' },
    masterName: 'main',
    access: { password: 'pw', database: 2 },
  },
  'rediss+cluster://app:pw@a:1,b:2': {
    kind: 'cluster',
    seeds: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ],
    access: { username: 'app', password: 'pw', tls: {}, database: 0 },
  },
}
for (const [url, target] of Object.entries(TARGETS)) {
  test(`${url} is parsed`, () => {
    assert.deepEqual(parseRedisUrl(url), target)
  })
}
