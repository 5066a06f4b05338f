// Moving everything from one store to another, and what an import refuses.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { openAdminRecords as openRecords } from '../../../src/admin/open-records.ts'
import { exportRecords } from '../../../src/admin/transfer/export-records.ts'
import { importRecords, planImport } from '../../../src/admin/transfer/import-records.ts'
import type { Config } from '../../../src/config/load.ts'
import { createLogger } from '../../../src/log.ts'
import { openStore as open } from '../../../src/store/open-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { admin, adminJson } from '../../support/admin.ts'
import { prepareEveryRecordKind } from '../../support/every-record-kind.ts'
import { startFleet } from '../../support/fleet.ts'
import { approve, buildAuthorization, logIn, redeem, refresh } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { startRedisCluster } from '../../support/redis-cluster.ts'
import { startTestServer } from '../../support/server.ts'
import { dumpRedis } from '../../support/store-dump.ts'

let directory: string
let redis: RedisServer
/** Over an SQLite file with a record of every kind; the server has stopped. */
let source: Config
let exported: string

const silent = createLogger({ level: 'silent' })
const inRedis = (): Config => ({ ...source, storeUrl: redis.url })
const newSqlite = (name: string): Config => ({
  ...source,
  storeUrl: `sqlite:${join(directory, name)}`,
})

/** What a test opened, also one that failed: an open connection would keep the process alive. */
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
})
const openStore = (url: string) => closeLater(open({ url }))
const openAdminRecords = (options: Omit<Parameters<typeof openRecords>[0], 'logger'>) =>
  closeLater(openRecords({ logger: silent, ...options }))

async function closeLater<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
  const one = await opening
  opened.push(one)
  return one
}

/** Every record with its lifetime, without canaries. */
async function readAll(config: Config) {
  const store = await openStore(config.storeUrl)
  const records = new Map<string, { value: string; expiresAtMs: number }>()
  for await (const key of store.scan('')) {
    const found = await store.getWithTtl(key)
    if (!found || key.includes(':canary') || key.includes(':limit:')) continue
    records.set(key, { value: found.value, expiresAtMs: Date.now() + found.ttlMs })
  }
  await store.close()
  return records
}

async function empty(url: string): Promise<void> {
  const store = await openStore(url)
  for await (const key of store.scan('')) await store.delete(key)
  await store.close()
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'transfer-'))
  redis = await startRedis()
  const kinds = await prepareEveryRecordKind()
  const server = await startTestServer({
    file: kinds.file,
    backchannelLogout: kinds.backchannelLogout,
    env: { STORE_URL: `sqlite:${join(directory, 'source.db')}` },
    overrides: { outbound: kinds.outbound },
  })
  await kinds.walk(server.issuer)
  await fetch(`${server.issuer}/readyz`)
  await server.close()
  await kinds.close()
  source = server.config
  exported = join(directory, 'export.jsonl')
  await adminJson(source, 'export', exported)
})
after(async () => {
  await redis.stop()
  await rm(directory, { recursive: true, force: true })
})

test('every record goes from SQLite to Redis and back, with its value and its lifetime', async () => {
  await empty(redis.url)
  const before = await readAll(source)
  assert.ok(before.size >= 12, `${before.size} records`)
  const toRedis = await adminJson(inRedis(), 'import', exported, '--yes')
  assert.deepEqual([toRedis['added'], toRedis['kept'], toRedis['expired']], [before.size, 0, 0])
  const back = join(directory, 'back.jsonl')
  const { json, audit } = await admin(inRedis(), 'export', back, '--json')
  assert.equal(json['records'], before.size)
  assert.equal(audit[0]?.['audit'], 'store_exported')
  const again = newSqlite('again.db')
  assert.equal((await admin(again, 'import', back, '--yes')).audit[0]?.['audit'], 'store_imported')
  for (const config of [inRedis(), again]) {
    const records = await readAll(config)
    assert.deepEqual([...records.keys()].toSorted(), [...before.keys()].toSorted())
    for (const [key, { value, expiresAtMs }] of before) {
      const copy = records.get(key)
      assert.equal(copy?.value, value)
      const laterMs = copy.expiresAtMs - expiresAtMs
      assert.ok(laterMs > -100 && laterMs < 2500, `${key} lives ${laterMs} ms longer`)
    }
    await adminJson(config, 'stats')
  }
})

test('the file is readable for its owner alone, names no secret, and holds nothing in clear', async () => {
  assert.equal((await stat(exported)).mode & 0o777, 0o600)
  const text = await readFile(exported, 'utf8')
  const header = JSON.parse(text.slice(0, text.indexOf('\n')))
  assert.equal(header.keyPrefix, 'mcp-oidc')
  assert.equal(header.records, text.trimEnd().split('\n').length - 1)
  const { secrets } = await adminJson(source, 'stats')
  assert.deepEqual(Object.keys(header.secrets), [
    (secrets as { fingerprint: string }[])[0]?.fingerprint,
  ])
  for (const word of [...source.sessionSecrets, 'ada@example.com', 'Ada', 'https:', 'redirect']) {
    assert.ok(!text.includes(word), word)
  }
  assert.match(text, /\n\["account:/)
})

test('an export does not take the place of a file, and leaves nothing behind when it fails', async () => {
  const taken = join(directory, 'taken')
  await writeFile(taken, 'precious')
  for (const command of ['export', 'backup']) {
    const { code, stderr } = await admin(source, command, taken)
    assert.equal(code, 1)
    assert.match(stderr, /taken exists: name a new file/)
    const nowhere = await admin(source, command, join(directory, 'no', 'folder'))
    assert.equal(nowhere.code, 1)
    assert.match(nowhere.stderr, /^admin: .*(no such file|unable to open)/m)
  }
  assert.equal(await readFile(taken, 'utf8'), 'precious')
  await assert.rejects(stat(`${taken}.partial`))
})

test('without --yes, an import checks everything and writes nothing', async () => {
  await empty(redis.url)
  const { code, stdout } = await admin(inRedis(), 'import', exported)
  assert.equal(code, 0)
  assert.match(stdout, /is whole: \d+ records.*\n.*0 records.*\nNothing was changed/)
  assert.equal(await dumpRedis(redis.url), '')
  assert.equal((await admin(newSqlite('planned.db'), 'import', exported)).code, 0)
  await assert.rejects(stat(join(directory, 'planned.db')))
})

test('wrong secrets, another prefix and a store with records are refused, and nothing is written', async () => {
  await empty(redis.url)
  const refuse = async (config: Config, expected: RegExp, ...more: string[]) => {
    const before = await dumpRedis(redis.url)
    const { code, stderr, stdout } = await admin(config, 'import', exported, '--yes', ...more)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, expected)
    assert.equal(await dumpRedis(redis.url), before)
  }
  const wrong: [string] = ['w'.repeat(40)]
  await refuse(
    { ...inRedis(), sessionSecrets: wrong },
    /lacks the secrets with these fingerprints: \S{6} \(/,
  )
  await refuse(
    { ...inRedis(), storeKeyPrefix: 'other' },
    /belong to STORE_KEY_PREFIX=mcp-oidc, not other/,
  )

  // A store of other secrets, which has nothing but its canary.
  const others = await openAdminRecords({
    config: { ...inRedis(), sessionSecrets: wrong },
    now: Date.now,
    isNew: true,
  })
  await others.stores.canary.check()
  await others.close()
  await refuse(
    inRedis(),
    /SESSION_SECRET lacks the secret that the records of this store are sealed/,
  )

  await empty(redis.url)
  const store = await openStore(redis.url)
  await store.set('mcp-oidc:session:x', 'y', 60)
  await refuse(inRedis(), /not empty, but has 1 records/)
  await store.delete('mcp-oidc:session:x')
  // Counters and records of others are in nobody's way.
  await store.set('mcp-oidc:limit:x', 'y', 60)
  await store.set('another:session:x', 'y', 60)
  assert.equal((await admin(inRedis(), 'import', exported)).code, 0)
  await store.close()
})

test('an export while a server is ready warns that it may lack changes', async () => {
  const records = await openAdminRecords({ config: source, now: Date.now })
  const { store } = records
  const busy: Store = {
    ...store,
    async *scanPages(prefix) {
      yield* store.scanPages(prefix)
      await records.stores.canary.check()
    },
  }
  const options = { storeKeyPrefix: 'mcp-oidc', now: Date.now }
  const [first, second] = [join(directory, 'busy'), join(directory, 'quiet')]
  const during = await exportRecords({
    ...options,
    records: { ...records, store: busy },
    path: first,
  })
  const after = await exportRecords({ ...options, records, path: second })
  await records.close()
  assert.deepEqual([during.isBusy, after.isBusy], [true, false])
  const empty = await admin(newSqlite('empty.db'), 'export', join(directory, 'none'))
  assert.match(empty.stderr, /empty\.db does not exist/)
})

test('with --merge, records that are there stay as they are, and the others are added', async () => {
  await empty(redis.url)
  const all = await readAll(source)
  const [kept = ''] = [...all.keys()].filter((key) => key.includes(':refresh-family:'))
  const store = await openStore(redis.url)
  await store.set(kept, 'newer', 60)
  const result = await adminJson(inRedis(), 'import', exported, '--yes', '--merge')
  assert.deepEqual([result['added'], result['kept']], [all.size - 1, 1])
  assert.equal(await store.get(kept), 'newer')

  // Of another home upstream, people would get other subjects.
  await empty(redis.url)
  const [home = ''] = [...all.keys()].filter((key) => key.includes(':home-upstream:'))
  const elsewhere = await openAdminRecords({
    config: inRedis(),
    now: Date.now,
    isNew: true,
  })
  await store.set(home, elsewhere.seal.seal('{"mark":"another"}', home), 60)
  await elsewhere.close()
  const other = await admin(inRedis(), 'import', exported, '--yes', '--merge')
  assert.equal(other.code, 1)
  assert.match(other.stderr, /home upstream of the store is not that of the records/)
  await store.close()
})

test('a damaged, shortened, unfinished, strange or newer file is refused', async () => {
  await empty(redis.url)
  const bytes = await readFile(exported)
  const path = join(directory, 'bad.jsonl')
  const refuse = async (content: Buffer, expected: RegExp) => {
    await writeFile(path, content)
    const { code, stderr } = await admin(inRedis(), 'import', path, '--yes')
    assert.equal(code, 1)
    assert.match(stderr, expected)
  }
  const damaged = /is damaged: export again/
  const flip = (at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const inHeader = bytes.indexOf('"records":') + 10
  for (const at of [inHeader, bytes.indexOf('exportedAt') + 14, 8192 + 40, bytes.length - 20]) {
    await refuse(flip(at), damaged)
  }
  const lastLine = bytes.lastIndexOf('\n', bytes.length - 2) + 1
  await refuse(bytes.subarray(0, -1), damaged)
  await refuse(bytes.subarray(0, lastLine), damaged)
  await refuse(Buffer.concat([bytes, bytes.subarray(lastLine)]), damaged)
  await refuse(Buffer.concat([bytes, Buffer.alloc(5 * 2 ** 20, 'x')]), damaged)
  const unfinished = Buffer.concat([Buffer.alloc(8192), bytes.subarray(8192)])
  await refuse(unfinished, /is not an export, or was not finished/)
  await refuse(Buffer.from('{}'), /is not an export/)
  await refuse(Buffer.alloc(0), /is not an export/)
  const newer = Buffer.from(bytes)
  newer.write('2', bytes.indexOf('"version":1') + 10)
  await refuse(newer, /made by a newer release/)
  assert.equal(await dumpRedis(redis.url), '')
  await writeFile(path, bytes)
  assert.equal((await admin(inRedis(), 'import', path, '--yes')).code, 0)
})

/** Fails all writes after some, as if the process had been killed. */
function failing(store: Store, writes: number): Store {
  let left = writes
  return {
    ...store,
    swap(...swap) {
      left -= 1
      return left < 0 ? Promise.reject(new Error('killed')) : store.swap(...swap)
    },
  }
}

test('no server uses a store whose import was interrupted, until the same import has finished', async () => {
  for (const config of [newSqlite('interrupted.db'), inRedis()]) {
    if (config.storeUrl === redis.url) await empty(redis.url)
    const records = await openAdminRecords({ config, now: Date.now, isNew: true })
    const options = {
      records: { ...records, store: failing(records.store, 5) },
      storeKeyPrefix: config.storeKeyPrefix,
      path: exported,
      merges: false,
      now: Date.now,
    }
    const plan = await planImport(options)
    await assert.rejects(importRecords(options, plan), /killed/)
    await records.close()
    assert.ok((await readAll(config)).size >= 1)

    const env = { STORE_URL: config.storeUrl, SESSION_SECRET: source.sessionSecrets.join(',') }
    const server = await startTestServer({ env })
    assert.equal((await fetch(`${server.issuer}/readyz`)).status, 503)
    const refused = await refresh(server.issuer, { client_id: 'x' }, 'y')
    assert.deepEqual([refused.status, refused.body['error']], [503, 'temporarily_unavailable'])
    await server.close()
    assert.ok(
      server.logLines.some((line) => line.includes('an import into this store has not finished')),
    )

    assert.match((await admin(config, 'stats')).stderr, /has not finished: run it again/)
    const other = join(directory, `other-${config.storeUrl.slice(0, 5)}`)
    await adminJson(source, 'export', other)
    const mixed = await admin(config, 'import', other, '--yes')
    assert.match(mixed.stderr, /an import of another file into this store has not finished/)

    assert.match((await admin(config, 'import', exported)).stdout, /a run that did not finish/)
    const result = await adminJson(config, 'import', exported, '--yes')
    assert.deepEqual([result['added'], result['kept']], [(await readAll(source)).size, 0])
    await adminJson(config, 'stats')
  }
})

test('a server that writes during an import is noticed, and the store stays closed', async () => {
  await empty(redis.url)
  const records = await openAdminRecords({
    config: inRedis(),
    now: Date.now,
    isNew: true,
  })
  const { store } = records
  const takesOver: Store = {
    ...store,
    async swap(...swap) {
      if (swap[0].includes(':canary')) await store.delete(swap[0])
      return store.swap(...swap)
    },
  }
  const writesBefore: Store = {
    ...store,
    async swap(key, expected, next, ttlSeconds) {
      if (key.includes(':grant:')) await store.set(key, 'of a server', 60)
      return store.swap(key, expected, next, ttlSeconds)
    },
  }
  for (const strange of [takesOver, writesBefore]) {
    const options = {
      records: { ...records, store: strange },
      storeKeyPrefix: 'mcp-oidc',
      path: exported,
      merges: false,
      now: Date.now,
    }
    await empty(redis.url)
    await assert.rejects(importRecords(options, await planImport(options)), /stop every server/)
  }
  // Records that are lost after they were written.
  const forgets: Store = {
    ...store,
    async get(key) {
      return key.includes(':session:') ? undefined : store.get(key)
    },
  }
  const options = {
    records: { ...records, store: forgets },
    storeKeyPrefix: 'mcp-oidc',
    path: exported,
    merges: false,
    now: Date.now,
  }
  await empty(redis.url)
  await assert.rejects(
    importRecords(options, await planImport(options)),
    /are missing in the store/,
  )
  await records.close()
})

test('records that have expired on the way stay away', async () => {
  await empty(redis.url)
  const laterMs = Date.now() + 3 * 86_400_000
  const records = await openAdminRecords({
    config: inRedis(),
    now: () => laterMs,
    isNew: true,
  })
  const options = {
    records,
    storeKeyPrefix: 'mcp-oidc',
    path: exported,
    merges: false,
    now: () => laterMs,
  }
  const result = await importRecords(options, await planImport(options))
  await records.close()
  assert.ok(result.expired > 0 && result.added > 0, JSON.stringify(result))
  assert.equal((await readAll(inRedis())).size, result.added)
})

test('a Cluster gets its own canaries, and gives them up again on the way back', async (t) => {
  const cluster = await startRedisCluster()
  t.after(cluster.stop)
  const config = { ...source, storeUrl: cluster.url }
  await adminJson(config, 'import', exported, '--yes')
  const store = await openStore(cluster.url)
  assert.equal((await Array.fromAsync(store.scan('mcp-oidc:canary'))).length, 4)
  await store.close()
  const back = join(directory, 'of-cluster.jsonl')
  await adminJson(config, 'export', back)
  const single = newSqlite('of-cluster.db')
  await adminJson(single, 'import', back, '--yes')
  assert.deepEqual(
    [...(await readAll(single)).keys()].toSorted(),
    [...(await readAll(source)).keys()].toSorted(),
  )
})

test('sessions, refresh tokens and registrations go on after a move from SQLite to Redis', async (t) => {
  await empty(redis.url)
  const sqlite = `sqlite:${join(directory, 'fleet.db')}`
  const fleet = await startFleet({ storeUrl: sqlite, replicas: 1 })
  t.after(fleet.close)
  const { issuer } = fleet
  const agent = createUserAgent()
  const { client, tokens } = await logIn(issuer, { agent })
  const waiting = buildAuthorization(issuer, client)
  const other = createUserAgent()
  const page = await other.open(waiting.url)
  const [replica] = fleet.replicas
  assert.ok(replica)
  await replica.stop()

  const config = (url: string) => loadConfig({ ...fleet.env, OIDC_PORT: '1', STORE_URL: url })
  const file = join(directory, 'fleet.jsonl')
  assert.equal((await adminJson(config(sqlite), 'export', file))['isBusy'], false)
  await adminJson(config(redis.url), 'import', file, '--yes')
  await rm(join(directory, 'fleet.db'))
  await replica.start({ STORE_URL: redis.url })

  const refreshed = await refresh(issuer, client, tokens['refresh_token'])
  assert.equal(refreshed.status, 200)
  assert.equal((await refresh(issuer, client, refreshed.body['refresh_token'])).status, 200)
  // The browser is still signed in: the page names the account, and Allow does not lead upstream.
  const next = buildAuthorization(issuer, client)
  const consent = await agent.open(next.url)
  assert.match(consent.body, /ada@example\.com/)
  const answer = await approve(agent, consent)
  const { codeVerifier } = next
  assert.equal((await redeem(issuer, client, { answer, codeVerifier })).status, 200)
  // So does the page that was open in another browser.
  const later = { answer: await approve(other, page), codeVerifier: waiting.codeVerifier }
  assert.equal((await redeem(issuer, client, later)).status, 200)
})
