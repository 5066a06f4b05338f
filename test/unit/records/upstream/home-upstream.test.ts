import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from '../../../../src/crypto/seal.ts'
import { findAppError } from '../../../../src/errors.ts'
import { markOfIssuer } from '../../../../src/oauth/issuer.ts'
import { createKeyNames } from '../../../../src/records/key-names.ts'
import { createRecords } from '../../../../src/records/records.ts'
import { createHomeUpstream } from '../../../../src/records/upstream/home-upstream.ts'
import { createRecordingStore } from '../../../support/recording-store.ts'

const [FIRST, SECOND] = ['https://first.example', 'https://second.example']
const [HOME, OTHER] = [markOfIssuer(FIRST), markOfIssuer(SECOND)]
const [OLD_SECRET, NEW_SECRET] = [
  'an old secret of 32 bytes and more',
  'a new secret of 32 bytes and more',
]
const DAY_MS = 24 * 60 * 60 * 1000
const YEAR_MS = 365 * DAY_MS

function prepare() {
  let nowMs = Date.now()
  const now = () => nowMs
  const store = createRecordingStore({ now })
  let reads = 0
  const counted = {
    ...store,
    get: (key: string) => {
      reads += 1
      return store.get(key)
    },
  }
  const openProcess = (issuer: string, secrets: readonly [string, ...string[]] = [OLD_SECRET]) => {
    const warnings: string[] = []
    const records = createRecords({
      store: counted,
      seal: createSeal(secrets),
      keyNames: createKeyNames({ prefix: 'test', sessionSecrets: secrets }),
      upstreamIssuer: issuer,
      getHomeMark: () => assert.fail('the record of the home upstream has no mark itself'),
    })
    const logger = {
      warn: (_fields: unknown, message?: unknown) => void warnings.push(String(message)),
    }
    const { getMark } = createHomeUpstream({ records, issuer, now, logger })
    return { getMark, warnings, records }
  }
  const advance = (ms: number): void => {
    nowMs += ms
  }
  return { store: counted, openProcess, advance, countReads: () => reads }
}

test('the upstream of the first start is home, and stays it', async () => {
  const { openProcess } = prepare()
  assert.equal(await openProcess(FIRST).getMark(), HOME)
  assert.equal(await openProcess(SECOND).getMark(), HOME)
  assert.equal(await openProcess('HTTPS://first.example/').getMark(), HOME)
})

test('processes that start at once agree on one home upstream', async () => {
  const { openProcess } = prepare()
  const issuers = [FIRST, SECOND, FIRST, SECOND]
  const marks = await Promise.all(issuers.map((issuer) => openProcess(issuer).getMark()))
  assert.equal(new Set(marks).size, 1)
})

test('a process of another upstream warns once, and one of the home upstream does not', async () => {
  const { openProcess, advance } = prepare()
  const [home, other] = [openProcess(FIRST), openProcess(SECOND)]
  for (let n = 0; n < 3; n += 1) {
    await home.getMark()
    await other.getMark()
    advance(2 * DAY_MS)
  }
  assert.deepEqual(home.warnings, [])
  assert.equal(other.warnings.length, 1)
})

test('a process reads the store once a day, however many ask', async () => {
  const { openProcess, advance, countReads } = prepare()
  const { getMark } = openProcess(FIRST)
  await Promise.all([getMark(), getMark(), getMark()])
  assert.equal(countReads(), 1)
  advance(DAY_MS - 1)
  await getMark()
  assert.equal(countReads(), 1)
  advance(1)
  await getMark()
  assert.equal(countReads(), 2)
})

test('each start renews the record, so that it lives as long as the server is in use', async () => {
  const { openProcess, advance } = prepare()
  await openProcess(FIRST).getMark()
  for (let n = 0; n < 4; n += 1) {
    advance(4 * YEAR_MS)
    assert.equal(await openProcess(SECOND).getMark(), HOME)
  }
})

test('each day of use renews the record', async () => {
  const { store, openProcess, advance } = prepare()
  const { getMark } = openProcess(FIRST)
  for (let n = 0; n < 3; n += 1) {
    await getMark()
    advance(DAY_MS)
  }
  assert.equal(store.lifetimes('home-upstream').length, 3)
})

test('the home upstream is known through a rotation of SESSION_SECRET', async () => {
  const { openProcess } = prepare()
  await openProcess(FIRST, [OLD_SECRET]).getMark()
  await openProcess(FIRST, [OLD_SECRET, NEW_SECRET]).getMark()
  await openProcess(FIRST, [NEW_SECRET, OLD_SECRET]).getMark()
  assert.equal(await openProcess(SECOND, [OLD_SECRET, NEW_SECRET]).getMark(), HOME)
  assert.equal(await openProcess(SECOND, [NEW_SECRET, OLD_SECRET]).getMark(), HOME)
  assert.equal(await openProcess(SECOND, [NEW_SECRET]).getMark(), HOME)
})

test('a process with a wrong SESSION_SECRET does not change the home upstream of the others', async () => {
  const { openProcess } = prepare()
  await openProcess(FIRST, [OLD_SECRET]).getMark()
  assert.equal(await openProcess(SECOND, [NEW_SECRET]).getMark(), OTHER)
  assert.equal(await openProcess(SECOND, [OLD_SECRET]).getMark(), HOME)
})

test('if the store is emptied, a running process restores the record', async () => {
  const { openProcess, advance } = prepare()
  await openProcess(FIRST).getMark()
  const running = openProcess(SECOND)
  await running.getMark()
  await running.records.remove('HomeUpstream', 'home')
  advance(DAY_MS)
  assert.equal(await running.getMark(), HOME)
  assert.equal(await openProcess(SECOND).getMark(), HOME)
})

test('a store that is away settles nothing: the next call reads it', async () => {
  const { store, openProcess } = prepare()
  const { get } = store
  const { getMark } = openProcess(FIRST)
  store.get = async () => assert.fail('away')
  await assert.rejects(getMark())
  store.get = get
  assert.equal(await getMark(), HOME)
})

test('a record that vanishes while it is read counts as a store that cannot answer', async () => {
  const { store, openProcess } = prepare()
  store.swap = async () => false
  const isUnavailable = (error: unknown) => findAppError(error)?.code === 'store_unavailable'
  await assert.rejects(openProcess(FIRST).getMark(), isUnavailable)
})
