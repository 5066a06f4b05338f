// The guarantees of every backend. sqlite-*.test.ts and redis-*.test.ts have those of a single backend.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { type Backend, REDIS_BACKENDS } from '../../support/redis-backends.ts'

const CALLERS = 50

const BACKENDS: Record<string, () => Promise<Backend>> = {
  memory: async () => ({ url: 'memory:', release: async () => {} }),
  sqlite: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'store-'))
    const release = () => rm(directory, { recursive: true })
    return { url: `sqlite:${join(directory, 'new', 'store.sqlite')}`, release }
  },
  ...REDIS_BACKENDS,
}

for (const [name, provide] of Object.entries(BACKENDS)) {
  describe(`a store in ${name}`, { concurrency: true }, () => {
    let backend: Backend
    let store: Store
    const newKey = (): string => `suite:${randomUUID()}`

    before(async () => {
      backend = await provide()
      store = await openStore({ url: backend.url })
    })
    after(async () => {
      await store.close()
      await backend.release()
    })

    it('finds nothing under a key that was never set', async () => {
      assert.equal(await store.get(newKey()), undefined)
      assert.equal(await store.take(newKey()), undefined)
    })

    it('returns what was set, byte for byte', async () => {
      const values = ['', '0', 'null', '{"value":1}', 'Grüße, 世界 🔐\n\0 end', 'x'.repeat(2 ** 20)]
      for (const value of values) {
        const key = newKey()
        await store.set(key, value, 60)
        assert.equal(await store.get(key), value)
        assert.equal(await store.take(key), value)
      }
    })

    it('hides an expired record from every operation', async () => {
      const keys = { get: newKey(), take: newKey(), create: newKey(), replace: newKey() }
      for (const key of Object.values(keys)) await store.set(key, 'old', 1)
      const swapped = newKey()
      assert.equal(await store.swap(swapped, undefined, 'new', 1), true)
      await sleep(1100)
      assert.equal(await store.get(keys.get), undefined)
      assert.equal(await store.get(swapped), undefined)
      assert.equal(await store.take(keys.take), undefined)
      assert.equal(await store.swap(keys.replace, 'old', 'new', 60), false)
      assert.equal(await store.swap(keys.create, undefined, 'new', 60), true)
      assert.equal(await store.get(keys.create), 'new')
      assert.deepEqual(await scanAll(store, keys.get), [])
    })

    it('gives an overwritten or swapped record the new lifetime', async () => {
      const [set, swapped] = [newKey(), newKey()]
      await store.set(set, 'a', 1)
      await store.set(set, 'b', 60)
      await store.set(swapped, 'a', 1)
      assert.equal(await store.swap(swapped, 'a', 'b', 60), true)
      await sleep(1100)
      assert.equal(await store.get(set), 'b')
      assert.equal(await store.get(swapped), 'b')
    })

    it('returns a value with what is left of its lifetime', async () => {
      const key = newKey()
      assert.equal(await store.getWithTtl(key), undefined)
      const assertRead = async (value: string, ttlSeconds: number) => {
        const read = await store.getWithTtl(key)
        assert.equal(read?.value, value)
        // Another process may be slow, and clocks of the test and of Redis differ by some ms.
        assert.ok(read.ttlMs <= ttlSeconds * 1000 + 50, `${read.ttlMs}`)
        assert.ok(read.ttlMs > ttlSeconds * 1000 - 10_000, `${read.ttlMs}`)
      }
      await store.set(key, 'Grüße, 世界 🔐\n\0 end', 600)
      await assertRead('Grüße, 世界 🔐\n\0 end', 600)
      await store.set(key, '', 30)
      await assertRead('', 30)
      assert.equal(await store.swap(key, '', 'b', 400 * 86_400), true)
      await assertRead('b', 400 * 86_400)
      await store.set(key, 'c', 1)
      await sleep(1100)
      assert.equal(await store.getWithTtl(key), undefined)
    })

    it('finds no deleted record, and accepts deleting an absent one', async () => {
      const key = newKey()
      await store.set(key, 'a', 60)
      await store.delete(key)
      assert.equal(await store.get(key), undefined)
      await store.delete(key)
    })

    it('swaps only if the value is the expected one', async () => {
      const key = newKey()
      assert.equal(await store.swap(key, 'a', 'b', 60), false)
      assert.equal(await store.swap(key, undefined, undefined, 60), true)
      assert.equal(await store.swap(key, undefined, 'a', 60), true)
      assert.equal(await store.swap(key, undefined, 'b', 60), false)
      assert.equal(await store.swap(key, undefined, undefined, 60), false)
      assert.equal(await store.swap(key, 'stale', 'b', 60), false)
      assert.equal(await store.get(key), 'a')
      assert.equal(await store.swap(key, 'a', 'b', 60), true)
      assert.equal(await store.swap(key, 'a', undefined, 60), false)
      assert.equal(await store.get(key), 'b')
      assert.equal(await store.swap(key, 'b', undefined, 60), true)
      assert.equal(await store.get(key), undefined)
    })

    it('distinguishes an empty value from an absent one in a swap', async () => {
      const key = newKey()
      assert.equal(await store.swap(key, '', 'a', 60), false)
      assert.equal(await store.swap(key, undefined, '', 60), true)
      assert.equal(await store.swap(key, undefined, 'a', 60), false)
      assert.equal(await store.swap(key, '', 'a', 60), true)
      assert.equal(await store.swap(key, 'a', '', 60), true)
      assert.equal(await store.take(key), '')
    })

    it(`gives the value to one of ${CALLERS} concurrent takers`, async () => {
      const key = newKey()
      await store.set(key, 'once', 60)
      const taken = await Promise.all(callers(() => store.take(key)))
      assert.deepEqual(taken.filter(isPresent), ['once'])
    })

    it(`lets one of ${CALLERS} concurrent swaps create, replace or remove a record`, async () => {
      const key = newKey()
      const created = await Promise.all(callers((n) => store.swap(key, undefined, `a${n}`, 60)))
      assert.equal(created.filter(Boolean).length, 1)
      const first = await store.get(key)
      assert.equal(first, `a${created.indexOf(true)}`)
      const replaced = await Promise.all(callers((n) => store.swap(key, first, `b${n}`, 60)))
      assert.equal(replaced.filter(Boolean).length, 1)
      const second = await store.get(key)
      assert.equal(second, `b${replaced.indexOf(true)}`)
      const removed = await Promise.all(callers(() => store.swap(key, second, undefined, 60)))
      assert.equal(removed.filter(Boolean).length, 1)
    })

    it('scans only the keys under a prefix, whatever characters it contains', async () => {
      const root = newKey()
      for (const prefix of ['a*', 'a?', 'a[bc]', 'a_', 'a%', 'a\\', 'a^', 'aé']) {
        const wanted = [`${root}${prefix}`, `${root}${prefix}:1`, `${root}${prefix}\u{10ffff}`]
        const others = [`${root}ax`, `${root}ab`, `${root}A${prefix.slice(1)}`, `x${root}${prefix}`]
        for (const key of [...wanted, ...others]) await store.set(key, '1', 60)
        assert.deepEqual(await scanAll(store, `${root}${prefix}`), wanted.toSorted())
        for (const key of wanted) await store.delete(key)
      }
    })

    it('scans more keys than fit on a page, and stops when the caller does', async () => {
      const root = newKey()
      const keys = Array.from({ length: 601 }, (_, n) => `${root}:${n}`)
      await Promise.all(keys.map((key) => store.set(key, '1', 60)))
      assert.deepEqual(await scanAll(store, root), keys.toSorted())
      for await (const key of store.scan(root)) {
        assert.ok(key.startsWith(root))
        break
      }
      const pages = await Array.fromAsync(store.scanPages(root))
      assert.deepEqual([...new Set(pages.flat())].toSorted(), keys.toSorted())
    })

    it('rejects a lifetime that is not a positive whole number of seconds', async () => {
      const key = newKey()
      for (const ttlSeconds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(store.set(key, 'a', ttlSeconds), RangeError)
        await assert.rejects(store.swap(key, undefined, 'a', ttlSeconds), RangeError)
      }
      assert.equal(await store.get(key), undefined)
    })

    it('answers every call after it was closed with store_unavailable', async () => {
      const closing = await openStore({ url: backend.url })
      await closing.ping()
      await Promise.all([closing.close(), closing.close()])
      await closing.close()
      await assert.rejects(closing.ping(), { code: 'store_unavailable' })
      await assert.rejects(closing.get('a'), { code: 'store_unavailable' })
      await assert.rejects(closing.getWithTtl('a'), { code: 'store_unavailable' })
      await assert.rejects(scanAll(closing, 'a'), { code: 'store_unavailable' })
    })
  })
}

function callers<T>(call: (n: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: CALLERS }, (_, n) => call(n))
}

function isPresent(value: string | undefined): boolean {
  return value !== undefined
}

async function scanAll(store: Store, prefix: string): Promise<string[]> {
  const keys = new Set<string>()
  for await (const key of store.scan(prefix)) keys.add(key)
  return [...keys].toSorted()
}
