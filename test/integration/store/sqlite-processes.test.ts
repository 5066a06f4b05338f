// Several processes on one SQLite file, and a process that is killed while it writes.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openStore } from '../../../src/store/open-store.ts'

const OPEN_STORE = JSON.stringify(import.meta.resolve('../../../src/store/open-store.ts'))

describe('processes on one SQLite file', { concurrency: true }, () => {
  it('lose nothing that was answered before kill -9: set values are there, taken values are gone', async (t) => {
    const path = await newPath(t)
    const child = spawnScript(
      t,
      path,
      `
      const tell = (line) => new Promise((told) => process.stdout.write(line + '\\n', told))
      async function work(name) {
        for (let n = 0; ; n += 1) {
          const [kept, taken, swapped] = ['kept', 'taken', 'swapped'].map((kind) => kind + name + n)
          await Promise.all([kept, taken, swapped].map((key) => store.set(key, 'old', 60)))
          await tell('is ' + kept + ' old')
          await store.swap(swapped, 'old', 'new', 60)
          await tell('is ' + swapped + ' new')
          await store.take(taken)
          await tell('no ' + taken)
        }
      }
      for (const name of 'abcdefgh') void work(name + '.')`,
    )
    let output = ''
    for await (const chunk of child.stdout) {
      output += chunk
      if (output.length > 10_000) child.kill('SIGKILL')
    }
    const answered = output.slice(0, output.lastIndexOf('\n')).split('\n')
    assert.ok(answered.length > 300)
    const store = await openStore({ url: `sqlite:${path}` })
    for (const line of answered) {
      const [is, key = '', value] = line.split(' ')
      assert.equal(await store.get(key), is === 'is' ? value : undefined, line)
    }
    await store.close()
  })

  it('lose no answered write of a group to kill -9, however often it comes', async (t) => {
    const path = await newPath(t)
    const script = `
      async function count(name) {
        for (let value = await store.get(name); ; ) {
          const next = String(Number(value ?? 0) + 1)
          if (!(await store.swap(name, value, next, 600))) throw new Error('lost ' + name)
          process.stdout.write(name + ' ' + next + '\\n')
          value = next
        }
      }
      for (const name of 'abcdefghijklmnop') void count(name)`
    const answered = new Map<string, number>()
    for (let kill = 0; kill < 6; kill += 1) {
      const child = spawnScript(t, path, script)
      let output = ''
      for await (const chunk of child.stdout) {
        if (output === '') setTimeout(() => child.kill('SIGKILL'), 50 + 100 * Math.random())
        output += chunk
      }
      for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
        const [name = '', value] = line.split(' ')
        answered.set(name, Number(value))
      }
      const store = await openStore({ url: `sqlite:${path}` })
      for (const [name, value] of answered) {
        const stored = Number(await store.get(name))
        assert.ok(stored >= value, `${name} is ${stored}, and ${value} was answered`)
      }
      await store.close()
    }
    assert.equal(answered.size, 16)
  })

  it('take each record once', async (t) => {
    const path = await newPath(t)
    const store = await openStore({ url: `sqlite:${path}` })
    const keys = Array.from({ length: 50 }, (_, n) => `k${n}`)
    for (const key of keys) await store.set(key, '1', 60)
    const script = `
      const taken = []
      for (let n = 0; n < 50; n += 1) {
        if ((await store.take('k' + n)) !== undefined) taken.push('k' + n)
      }
      console.log(JSON.stringify(taken))`
    const outputs = await Promise.all([1, 2].map(() => readAll(spawnScript(t, path, script))))
    assert.deepEqual(outputs.flatMap((output) => JSON.parse(output)).toSorted(), keys.toSorted())
    await store.close()
  })

  it('create a new file and each of its records once, if they start at the same time', async (t) => {
    const path = await newPath(t)
    const outputs = await Promise.all(
      ['p', 'q', 'r'].map((name) => {
        const script = `
          const won = []
          for (let n = 0; n < 200; n += 1) {
            if (await store.swap('k' + n, undefined, '${name}', 60)) won.push(n)
          }
          console.log(JSON.stringify(won))`
        return readAll(spawnScript(t, path, script))
      }),
    )
    const won = outputs.flatMap((output) => JSON.parse(output) as number[])
    assert.deepEqual(
      won.toSorted((a, b) => a - b),
      Array.from({ length: 200 }, (_, n) => n),
    )
  })
})

async function newPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sqlite-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'new', 'store.sqlite')
}

/** @param script has the open `store` */
function spawnScript(t: TestContext, path: string, script: string) {
  const opening = `
    import { openStore } from ${OPEN_STORE}
    const store = await openStore({ url: 'sqlite:${path}' })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', opening + script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  child.stdout.setEncoding('utf8')
  return child
}

async function readAll(child: ReturnType<typeof spawnScript>): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  return output
}
