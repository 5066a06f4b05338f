// `admin backup`: a copy of an SQLite store that is in use, from which everybody goes on.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { admin } from '../../support/admin.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import { approve, buildAuthorization, logIn, redeem, refresh } from '../../support/journey.ts'
import { loadConfig } from '../../support/load-config.ts'
import { spawnNode } from '../../support/server-process.ts'
import { openSqliteFile } from '../../support/sqlite-file.ts'

const WRITES_A_SECOND = 80
const PLANTED = 20_000

let directory: string
let file: string
let fleet: Fleet
const configOf = (storeUrl: string) =>
  loadConfig({ ...fleet.env, OIDC_PORT: '1', STORE_URL: storeUrl })

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admin-backup-'))
  file = join(directory, 'store.db')
  fleet = await startFleet({ storeUrl: `sqlite:${file}`, replicas: 1 })
})
after(async () => {
  await fleet.close()
  await rm(directory, { recursive: true, force: true })
})

/** So that a copy takes long enough for writes to come in between. */
function plant(): void {
  const database = openSqliteFile(file)
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?)')
  database.exec('BEGIN')
  for (let n = 0; n < PLANTED; n += 1) {
    insert.run(`mcp-oidc:replay:planted${n}`, 'x'.repeat(700), Date.now() + 600_000)
  }
  database.exec('COMMIT')
  database.close()
}

/** Writes 80 times a second, each time the number of the write under two keys, one after the other. */
async function startLoad() {
  const store = await openStore({ url: `sqlite:${file}` })
  let isOver = false
  let writes = 0
  let longestMs = 0
  const done = (async () => {
    const beganAtMs = performance.now()
    while (!isOver) {
      const startedAtMs = performance.now()
      writes += 1
      await store.set('load:a', String(writes), 600)
      await store.set('load:b', String(writes), 600)
      longestMs = Math.max(longestMs, performance.now() - startedAtMs)
      // A timer that was late makes none of the next ones late.
      const nextAtMs = beganAtMs + (writes * 2000) / WRITES_A_SECOND
      await sleep(Math.max(0, nextAtMs - performance.now()))
    }
    await store.close()
  })()
  return {
    get writes() {
      return writes
    },
    async stop() {
      isOver = true
      await done
      return { writes, longestMs }
    },
  }
}

test('a backup under 70 and more writes a second is of one moment, and everybody goes on from it', async (t) => {
  const agent = createUserAgent()
  const sessions = await Promise.all([logIn(fleet.issuer, { agent }), logIn(fleet.issuer)])
  plant()
  const copy = join(directory, 'copy.db')
  const load = await startLoad()
  await sleep(300)
  const startedAtMs = performance.now()
  const writesBefore = load.writes
  const backup = spawnNode(['scripts/admin.ts', 'backup', copy, '--json'], {
    env: { ...fleet.env },
  })
  const { code } = await backup.exit
  const seconds = (performance.now() - startedAtMs) / 1000
  const writesMeanwhile = 2 * (load.writes - writesBefore)
  const { longestMs } = await load.stop()
  assert.equal(code, 0, backup.stderr)
  const rate = writesMeanwhile / seconds
  t.diagnostic(`${Math.round(rate)} writes a second, the longest took ${Math.round(longestMs)} ms`)
  assert.ok(rate > 70, `${rate} writes a second`)
  assert.ok(longestMs < 2000, `a write took ${longestMs} ms`)
  assert.ok(JSON.parse(backup.stdout).records > PLANTED)
  assert.match(backup.stderr, /"audit":"store_backed_up"/)
  assert.equal((await stat(copy)).mode & 0o777, 0o600)
  const left = (await readdir(directory)).filter((name) => name.startsWith('copy'))
  assert.deepEqual(left, ['copy.db'])

  // A token that was redeemed after the backup is ahead of its record there, and counts.
  const [first, second] = sessions
  const later = await refresh(fleet.issuer, first.client, first.tokens['refresh_token'])
  assert.equal(later.status, 200)
  const [replica] = fleet.replicas
  await replica?.stop()
  const restored = join(directory, 'restored.db')
  await copyFile(copy, restored)
  const store = await openStore({ url: `sqlite:${restored}` })
  const [a, b] = [Number(await store.get('load:a')), Number(await store.get('load:b'))]
  assert.ok(a === b || a === b + 1, `${a} and ${b} are of one moment`)
  assert.ok(a >= writesBefore, 'the moment is not before the start')
  await store.close()
  await replica?.start({ STORE_URL: `sqlite:${restored}` })

  const { issuer } = fleet
  assert.equal((await refresh(issuer, first.client, later.body['refresh_token'])).status, 200)
  assert.equal((await refresh(issuer, second.client, second.tokens['refresh_token'])).status, 200)
  const next = buildAuthorization(issuer, first.client)
  const consent = await agent.open(next.url)
  assert.match(consent.body, /ada@example\.com/)
  const answer = await approve(agent, consent)
  const { codeVerifier } = next
  assert.equal((await redeem(issuer, first.client, { answer, codeVerifier })).status, 200)
})

test('a backup is refused where it could harm: wrong secrets, a journal in the way, Redis, no file', async () => {
  const copy = join(directory, 'second.db')
  const refuse = async (config: ReturnType<typeof configOf>, expected: RegExp) => {
    const { code, stderr, stdout } = await admin(config, 'backup', copy)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, expected)
  }
  const ours = configOf(`sqlite:${file}`)
  await refuse({ ...ours, sessionSecrets: ['w'.repeat(40)] }, /SESSION_SECRET lacks the secret/)
  await refuse(configOf(`sqlite:${file}x`), /unable to open/)
  await refuse(configOf('redis://127.0.0.1:1'), /the store is Redis/)
  await writeFile(`${copy}-wal`, 'of another file')
  await refuse(ours, /second\.db-wal exists/)
  await rm(`${copy}-wal`)
  // What a killed run left.
  await writeFile(`${copy}.partial`, 'half')
  await writeFile(`${copy}.partial-wal`, 'half')
  assert.equal((await admin(ours, 'backup', copy)).code, 0)
  assert.match((await admin(ours, 'backup', copy)).stderr, /exists: name a new file/)
  const left = (await readdir(directory)).filter((name) => name.startsWith('second'))
  assert.deepEqual(left, ['second.db'])
})

test('a damaged store gives no backup', async () => {
  const damaged = join(directory, 'damaged.db')
  await copyFile(join(directory, 'second.db'), damaged)
  const bytes = Buffer.alloc(4096 * 40, 0xff)
  const handle = await open(damaged, 'r+')
  await handle.write(bytes, 0, bytes.length, 4096 * 20)
  await handle.close()
  const copy = join(directory, 'third.db')
  const { code, stderr } = await admin(configOf(`sqlite:${damaged}`), 'backup', copy)
  assert.equal(code, 1)
  assert.match(stderr, /damaged\.db is damaged/)
  await assert.rejects(stat(copy))
})
