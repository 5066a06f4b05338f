import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readInBatches } from '../../../../src/records/listing/record-listing.ts'

async function* pagesOf(...sizes: number[]) {
  let count = 0
  for (const size of sizes) yield Array.from({ length: size }, () => `key-${count++}`)
}

test('every key is read once, at most 100 at a time, and those that are gone by then are left out', async () => {
  let reading = 0
  let most = 0
  const read = async (key: string) => {
    reading += 1
    most = Math.max(most, reading)
    await sleep(1)
    reading -= 1
    return key.endsWith('7') ? undefined : key
  }
  const found: string[] = []
  for await (const key of readInBatches(pagesOf(250, 0, 30), read)) found.push(key)
  const all = Array.from({ length: 280 }, (_, n) => `key-${n}`)
  assert.deepEqual(
    found,
    all.filter((key) => !key.endsWith('7')),
  )
  assert.equal(most, 100)
})

for (const [name, stepMs, pageMs] of [
  ['values are slow', 60, 0],
  ['pages are slow', 0, 60],
] as const) {
  test(`if ${name}, the store has at least as long a pause after each step as the step took`, async () => {
    /** When each use of the store began and ended. */
    const steps: { fromMs: number; toMs: number }[] = []
    async function use(takesMs: number): Promise<void> {
      const fromMs = performance.now()
      await sleep(takesMs)
      steps.push({ fromMs, toMs: performance.now() })
    }
    async function* pages() {
      for (let n = 0; n < 4; n += 1) {
        if (pageMs > 0) await use(pageMs)
        yield [`key-${n}`]
      }
    }
    const read = async (key: string) => {
      if (stepMs > 0) await use(stepMs)
      return key
    }
    for await (const _ of readInBatches(pages(), read)) {
      // The caller's own work counts as a pause for nobody: it is short here.
    }
    assert.equal(steps.length, 4)
    for (const [n, { fromMs }] of steps.entries()) {
      const before = steps[n - 1]
      if (!before) continue
      const pauseMs = fromMs - before.toMs
      const tookMs = before.toMs - before.fromMs
      assert.ok(pauseMs >= tookMs - 5, `${pauseMs} ms after a step of ${tookMs} ms`)
    }
  })
}

test('pages that have nothing of the kind are followed by a pause too', async () => {
  let pages = 0
  async function* emptyPages() {
    for (; pages < 3; pages += 1) {
      await sleep(40)
      yield []
    }
  }
  const startedAtMs = performance.now()
  for await (const _ of readInBatches(emptyPages(), async (key) => key)) assert.fail()
  assert.ok(performance.now() - startedAtMs > 3 * 2 * 38)
})
