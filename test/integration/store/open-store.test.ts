// How a store is named, and what goes for more than one backend.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openStore } from '../../../src/store/open-store.ts'
import { parseRedisUrl } from '../../../src/store/redis/redis-url.ts'

describe('openStore', () => {
  it('names what is accepted when a URL is not, without showing the URL', async () => {
    const urls = [
      '',
      'postgres://u:s3cret@db',
      's3cret',
      'redis:s3cret',
      'redis://:s3cret@[',
      'sqlite:',
      'redis+sentinel://:s3cret@host:26379',
      'redis+sentinel://:s3cret@host:26379/name?password=s3cret',
      'redis+cluster://:s3cret@host:6379,',
      'redis+cluster://:s3cret@host:6379/1',
      'redis://:s3cret@one:6379,two:6379',
      'redis://:s3cret%@host:6379',
      'redis://:s3cret@host:6379/zero',
      'redis://:s3cret@host:6379?ca=/ca.pem',
      'rediss+cluster://:s3cret@host:6379?tls=no',
    ]
    for (const url of urls) {
      await assert.rejects(openStore({ url }), (error: Error) => {
        assert.match(error.message, /sqlite:PATH.*redis:\/\/.*sentinel.*cluster/)
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /s3cret/)
        return true
      })
    }
  })

  it('lets lifetimes follow the injected clock, in memory and in SQLite', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'store-'))
    t.after(() => rm(directory, { recursive: true }))
    for (const url of ['memory:', `sqlite:${directory}/store.sqlite`]) {
      let nowMs = 1_700_000_000_000
      const store = await openStore({ url, now: () => nowMs })
      await store.set('a', '1', 3600)
      nowMs += 3_599_999
      assert.equal(await store.get('a'), '1')
      nowMs += 1
      assert.equal(await store.get('a'), undefined)
      await store.close()
    }
  })

  it('says which CA file it can not read', async () => {
    const url = 'rediss://:s3cret@localhost?ca=/no/such/ca.pem'
    await assert.rejects(openStore({ url }), (error: Error) => {
      assert.match(error.message, /\/no\/such\/ca\.pem/)
      assert.doesNotMatch(String(error.stack), /s3cret/)
      return true
    })
  })
})

describe('parseRedisUrl', () => {
  const parsed = {
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
  for (const [url, target] of Object.entries(parsed)) {
    it(`reads ${url}`, () => {
      assert.deepEqual(parseRedisUrl(url), target)
    })
  }
})
