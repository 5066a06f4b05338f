// The URLs that openStore accepts, and the guarantees of more than one backend.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openStore } from '../../../src/store/open-store.ts'

describe('openStore', () => {
  it('rejects an invalid URL, names the accepted forms and does not quote the URL', async () => {
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

  it('measures lifetimes by the injected clock, in memory and in SQLite', async (t) => {
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

  it('names the CA file that it cannot read', async () => {
    const url = 'rediss://:s3cret@localhost?ca=/no/such/ca.pem'
    await assert.rejects(openStore({ url }), (error: Error) => {
      assert.match(error.message, /\/no\/such\/ca\.pem/)
      assert.doesNotMatch(String(error.stack), /s3cret/)
      return true
    })
  })
})
