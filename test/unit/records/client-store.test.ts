// Two processes that both have one client: a renewal by one process must not undo a change by the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from '../../../src/crypto/seal.ts'
import { createAccountStore } from '../../../src/records/access/account-store.ts'
import { createClientStore } from '../../../src/records/client-store.ts'
import { createKeyNames } from '../../../src/records/key-names.ts'
import { createRecords } from '../../../src/records/records.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { TEST_UPSTREAM_ISSUER } from '../../support/memory-records.ts'

type Secrets = readonly [string, ...string[]]

const SECRET = 'a secret of thirty-two bytes and more'
const NEWER = 'another secret of thirty-two bytes and more'
const OLD = { redirect_uris: ['https://client.example/old'] }
const NEW = { redirect_uris: ['https://client.example/new'] }

function prepare() {
  let nowMs = 1_700_000_000_000
  const now = () => nowMs
  const store = createMemoryStore({ now })
  const openRecords = (sessionSecrets: Secrets = [SECRET]) =>
    createRecords({
      store,
      seal: createSeal(sessionSecrets),
      keyNames: createKeyNames({ prefix: 'test', sessionSecrets }),
      upstreamIssuer: TEST_UPSTREAM_ISSUER,
      getHomeMark: () => assert.fail('nothing here lacks a mark'),
    })
  const openProcess = (sessionSecrets?: Secrets) =>
    createClientStore({
      records: openRecords(sessionSecrets),
      ttlSeconds: 365 * 86_400,
      unusedTtlSeconds: 3600,
      now,
    })
  const advance = (seconds: number): void => {
    nowMs += seconds * 1000
  }
  const openAccounts = (sessionSecrets?: Secrets) =>
    createAccountStore({ records: openRecords(sessionSecrets), ttlSeconds: 365 * 86_400 })
  return { store, openProcess, openAccounts, advance }
}

test('renewing a client keeps a change by another process', async () => {
  const { openProcess, advance } = prepare()
  const [one, other] = [openProcess(), openProcess()]
  await one.save('client', OLD)
  assert.deepEqual(await other.find('client'), OLD)
  await one.update('client', NEW)
  await other.renew('client')
  assert.deepEqual(await other.find('client'), NEW)
  advance(7200)
  assert.deepEqual(await openProcess().find('client'), NEW, 'the client was renewed')
})

test('renewing a client does not restore it after another process has removed it', async () => {
  const { openProcess } = prepare()
  const [one, other] = [openProcess(), openProcess()]
  await one.save('client', OLD)
  await other.find('client')
  await one.remove('client')
  await other.renew('client')
  assert.equal(await openProcess().find('client'), undefined)
})

test('a renewed client is stored only under the newest secret, where both steps of a rotation find it', async () => {
  const { store, openProcess } = prepare()
  await openProcess([SECRET]).save('client', OLD)
  const promoted = openProcess([NEWER, SECRET])
  await promoted.find('client')
  await promoted.renew('client')
  const keys = await Array.fromAsync(store.scan('test:'))
  assert.equal(keys.length, 1)
  for (const secrets of [[SECRET, NEWER], [NEWER, SECRET], [NEWER]] as const) {
    assert.deepEqual(await openProcess(secrets).find('client'), OLD)
  }
})

test('reading a client under the name of an older secret moves it to the newest name, with its lifetime', async () => {
  const { store, openProcess } = prepare()
  await openProcess().save('client', OLD)
  const [before] = await Array.fromAsync(store.scan('test:'))
  assert.deepEqual(await openProcess([NEWER, SECRET]).find('client'), OLD)
  const after = await Array.fromAsync(store.scan('test:'))
  assert.equal(after.length, 1)
  assert.notEqual(after[0], before)
  assert.deepEqual(await openProcess([NEWER]).find('client'), OLD)
})

test('reading an account under the name of an older secret moves it to the newest name', async () => {
  const { store, openAccounts } = prepare()
  await openAccounts().change('ada', () => ({ sub: 'ada', claims: {} }))
  assert.ok(await openAccounts([NEWER, SECRET]).find('ada'))
  assert.equal((await Array.fromAsync(store.scan('test:'))).length, 1)
  assert.ok(await openAccounts([NEWER]).find('ada'))
})

test('a client that another process moves between two reads is found', async () => {
  const { store, openProcess } = prepare()
  await openProcess().save('client', OLD)
  const get = store.get
  let reads = 0
  // After the first read, which finds nothing under the newest name.
  store.get = async (key) => {
    reads += 1
    if (reads !== 2) return get(key)
    store.get = get
    await openProcess([NEWER, SECRET]).find('client')
    return get(key)
  }
  assert.deepEqual(await openProcess([NEWER, SECRET]).find('client'), OLD)
})

test('a client that another process changes or removes while it is moved keeps that change', async () => {
  for (const change of ['update', 'remove'] as const) {
    const { store, openProcess } = prepare()
    const old = openProcess([SECRET, NEWER])
    await old.save('client', OLD)
    const swap = store.swap
    // Right after the copy under the newest name was made.
    store.swap = async (...given) => {
      const isDone = await swap(...given)
      store.swap = swap
      if (change === 'update') await old.update('client', NEW)
      else await old.remove('client')
      return isDone
    }
    await openProcess([NEWER, SECRET]).find('client')
    const found = await openProcess([SECRET, NEWER]).find('client')
    assert.deepEqual(found, change === 'update' ? NEW : undefined, change)
  }
})

test('a client under the name of an older secret is read while the store takes no writes', async () => {
  const { store, openProcess } = prepare()
  await openProcess().save('client', OLD)
  store.swap = () => Promise.reject(new Error('OOM'))
  assert.deepEqual(await openProcess([NEWER, SECRET]).find('client'), OLD)
})
