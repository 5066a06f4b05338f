// Refresh tokens over real records in memory: which token a request gets, and what is saved for how long.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { referToGrant } from '../../../src/records/grant-store.ts'
import type { RecordKind, RecordValues, RefreshFamily } from '../../../src/records/record-values.ts'
import { createRefreshFamilies, type RefreshRequest } from '../../../src/records/refresh-family.ts'
import { createMemoryRecords } from '../../support/memory-records.ts'

const GRANT_ID = 'the id of the grant'
const PAYLOAD = { accountId: 'ada', grantId: GRANT_ID }
const STARTED_AT = 1_700_000_000
const LIFETIME_SECONDS = 1000
const MAX_LIFETIME_SECONDS = 5000
const WINDOW_SECONDS = 120

interface Written {
  readonly id: string
  readonly family: RefreshFamily
  readonly ttlSeconds: number
}

/** Records in memory, which the test's clock does not expire, and every access to them in order. */
function createRecordedRecords() {
  const records = createMemoryRecords()
  const writes: Written[] = []
  const reads: string[] = []
  const removals: (string | undefined)[] = []
  const note = (kind: RecordKind, id: string, value: unknown, ttlSeconds: number): void => {
    assert.equal(kind, 'RefreshFamily')
    writes.push({ id, family: value as RefreshFamily, ttlSeconds })
  }
  return {
    writes,
    reads,
    removals,
    async open<K extends RecordKind>(kind: K, id: string) {
      reads.push(id)
      const record = await records.open(kind, id)
      if (!record) return undefined
      const replace: typeof record.replace = async (value, ttlSeconds) => {
        const replaced = await record.replace(value, ttlSeconds)
        if (replaced) note(kind, id, value, ttlSeconds)
        return replaced
      }
      return { ...record, replace }
    },
    save<K extends RecordKind>(kind: K, id: string, value: RecordValues[K], ttlSeconds: number) {
      note(kind, id, value, ttlSeconds)
      return records.save(kind, id, value, ttlSeconds)
    },
    remove(kind: RecordKind, id: string) {
      removals.push(id)
      return records.remove(kind, id)
    },
  }
}

/** Creates a family whose first token is `token`. The clock starts half a second late: times are rounded down. */
async function begin(options: { lifetimeSeconds?: number; maxLifetimeSeconds?: number } = {}) {
  const records = createRecordedRecords()
  let nowMs = STARTED_AT * 1000 + 500
  let monotonicMs = 1000
  const createFamilies = () =>
    createRefreshFamilies({
      records,
      now: () => nowMs,
      monotonicNow: () => monotonicMs,
      reuseWindowSeconds: WINDOW_SECONDS,
      lifetimeSeconds: LIFETIME_SECONDS,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
      ...options,
    })
  const families = createFamilies()
  const instant = () => ({ wallMs: nowMs, monotonicMs })
  const token = families.issue(GRANT_ID)
  await families.create(GRANT_ID, PAYLOAD)
  const findIn = async (process: typeof families, sought: string) => {
    const found = await process.find(sought)
    assert.ok(found, `${sought} is found`)
    const redeem = (request: Partial<RefreshRequest> = {}) =>
      found.redeem({ advances: true, arrivedAt: instant(), isAbandoned: () => false, ...request })
    return { ...found, redeem }
  }
  const find = (sought: string) => findIn(families, sought)
  return {
    records,
    families,
    token,
    find,
    instant,
    passSeconds: (seconds: number) => {
      nowMs += seconds * 1000
      monotonicMs += seconds * 1000
    },
    /** Sets the clock while no time passes. */
    stepSeconds: (seconds: number) => {
      nowMs += seconds * 1000
    },
    async redeem(given: string, advances = true): Promise<string> {
      const redemption = await (await find(given)).redeem({ advances })
      assert.ok(redemption.kind === 'redeemed', redemption.kind)
      return redemption.token
    },
    /** Another process over the same records. */
    startProcess() {
      const other = createFamilies()
      return { families: other, find: (sought: string) => findIn(other, sought) }
    },
  }
}

const numberOf = (token: string) => Number(token.split('.')[1])

test('a new family is stored under its own id, for its lifetime', async () => {
  const { records, token } = await begin()
  assert.match(token, /^[\w-]{22}\.0\.[\w-]{43}$/)
  const [written, ...others] = records.writes
  assert.deepEqual(others, [])
  assert.equal(written?.id, token.split('.')[0])
  assert.equal(written?.ttlSeconds, LIFETIME_SECONDS)
  const { macKey, ...family } = written.family
  assert.match(String(macKey), /^[\w-]{43}$/)
  assert.deepEqual(family, {
    payload: PAYLOAD,
    chain: { current: 0, lastPresented: -1, firstPresented: [] },
    startedAt: STARTED_AT,
    expiresAt: STARTED_AT + LIFETIME_SECONDS,
  })
})

test('the MAC of a token is HMAC-SHA-256 of family and number under the stored key', async () => {
  const { records, token } = await begin()
  const [id, number, mac] = token.split('.')
  const key = Buffer.from(String(records.writes[0]?.family.macKey), 'base64url')
  assert.equal(createHmac('sha256', key).update(`${id}.${number}`).digest('base64url'), mac)
})

test('a family lives no longer than its maximum lifetime', async () => {
  const { records, token, find } = await begin({ lifetimeSeconds: 9000 })
  assert.equal(records.writes[0]?.ttlSeconds, MAX_LIFETIME_SECONDS)
  assert.equal((await find(token)).expiresAt, STARTED_AT + MAX_LIFETIME_SECONDS)
})

test('the first token of a grant is found once its family is created, by whichever process', async () => {
  const { families, find, startProcess } = await begin()
  const issued = families.issue('another grant')
  assert.equal(await families.find(issued), undefined)
  // Two requests with one code, the first of which got a 503: both store what either answered with.
  const { families: other } = startProcess()
  assert.equal(other.issue('another grant'), issued)
  await families.create('another grant', PAYLOAD)
  await other.create('another grant', PAYLOAD)
  await find(issued)
})

test('whoever knows the reference to a grant finds and removes its refresh tokens, and no others', async () => {
  const { families, token, find, redeem, passSeconds } = await begin()
  const reference = referToGrant(GRANT_ID)
  const times = { startedAt: STARTED_AT, expiresAt: STARTED_AT + LIFETIME_SECONDS }
  assert.deepEqual(await families.findUse(reference), { ...times, lastUsedAt: undefined })
  passSeconds(100)
  const next = await redeem(token)
  const use = await families.findUse(reference)
  assert.equal(use?.lastUsedAt, STARTED_AT + 100)
  assert.equal(use?.expiresAt, STARTED_AT + 100 + LIFETIME_SECONDS)

  await families.removeOfGrant(referToGrant('another grant'))
  await find(token)
  // A refresh that is in flight fails at its compare-and-set.
  const inFlight = await find(next)
  await families.removeOfGrant(reference)
  assert.deepEqual(await inFlight.redeem(), { kind: 'gone' })
  assert.equal(await families.find(token), undefined)
  assert.equal(await families.findUse(reference), undefined)
})

test('a family from before families were named after grants goes on', async () => {
  const { records, families, find, redeem } = await begin()
  const id = randomBytes(16).toString('base64url')
  const macKey = randomBytes(32).toString('base64url')
  const chain = { current: 3, lastPresented: 2, firstPresented: [] }
  const times = { startedAt: STARTED_AT, expiresAt: STARTED_AT + LIFETIME_SECONDS }
  const family = { payload: { ...PAYLOAD, grantId: 'old' }, macKey, chain, ...times }
  await records.save('RefreshFamily', id, family, LIFETIME_SECONDS)
  const mac = createHmac('sha256', Buffer.from(macKey, 'base64url')).update(`${id}.3`)
  const next = await redeem(`${id}.3.${mac.digest('base64url')}`)
  assert.match(next, /\.4\./)
  await families.removeOfGrant(referToGrant('old'))
  await find(next)
})

test('a redemption that writes nothing fails too if the family was removed since it was read', async () => {
  const { families, token, find, redeem } = await begin()
  // A client whose tokens do not rotate, and a retry within the reuse window.
  const steady = await find(token)
  await families.removeOfGrant(referToGrant(GRANT_ID))
  assert.deepEqual(await steady.redeem({ advances: false }), { kind: 'gone' })
  await families.create(GRANT_ID, PAYLOAD)
  await redeem(token)
  const retry = await find(token)
  await families.removeOfGrant(referToGrant(GRANT_ID))
  assert.deepEqual(await retry.redeem(), { kind: 'gone' })
})

test('a token does not show the grant or the key', async () => {
  const { token } = await begin()
  const [id = ''] = token.split('.')
  assert.ok(!token.includes(referToGrant(GRANT_ID).slice(0, 8)))
  assert.equal(Buffer.from(id, 'base64url').length, 16)
})

test('a token has the payload and the times of its family', async () => {
  const { token, find } = await begin()
  const { redeem, ...found } = await find(token)
  assert.equal(typeof redeem, 'function')
  assert.deepEqual(found, {
    payload: PAYLOAD,
    startedAt: STARTED_AT,
    expiresAt: STARTED_AT + LIFETIME_SECONDS,
  })
})

test('a malformed token causes no store access', async () => {
  const { families, records, token } = await begin()
  const [id = '', number = '', mac = ''] = token.split('.')
  const malformed = [
    '',
    'x',
    `x${token}`,
    `${token}x`,
    `${token}\n`,
    `${id}.${mac}`,
    `${id}..${mac}`,
    `${id}.-1.${mac}`,
    `${id}.12345678901.${mac}`,
    `${id.slice(1)}.${number}.${mac}`,
    `${id}.${number}.${mac.slice(1)}`,
    `${id.slice(1)}+.${number}.${mac}`,
    `${id}.${number}.${mac.slice(1)}=`,
  ]
  for (const text of malformed) {
    assert.equal(await families.find(text), undefined, text)
    await families.remove(text)
  }
  assert.deepEqual([records.reads, records.removals], [[], []])
})

test('a token with a MAC for another number, family or key is not found', async () => {
  const { families, token } = await begin()
  const [id = '', , mac = ''] = token.split('.')
  const [strangerId = '', , strangerMac = ''] = families.issue('another grant').split('.')
  const forged = [
    `${id}.1.${mac}`,
    // The same number with other digits: its MAC was made for "0".
    `${id}.00.${mac}`,
    `${id}.0.${strangerMac}`,
    `${strangerId}.0.${mac}`,
  ]
  for (const text of forged) assert.equal(await families.find(text), undefined, text)
})

test('a removed family has no tokens', async () => {
  const { families, records, token } = await begin()
  await families.remove(token)
  assert.deepEqual(records.removals, [token.split('.')[0]])
  assert.equal(await families.find(token), undefined)
})

test('a token is redeemed for the next one, whose lifetime begins anew', async () => {
  const { records, token, find, redeem, passSeconds } = await begin()
  passSeconds(100)
  const next = await redeem(token)
  assert.deepEqual([numberOf(token), numberOf(next)], [0, 1])
  const [, written, ...others] = records.writes
  assert.deepEqual(others, [])
  assert.equal(written?.ttlSeconds, LIFETIME_SECONDS)
  const nowMs = (STARTED_AT + 100) * 1000 + 500
  const chain = { current: 1, lastPresented: 0, firstPresented: [[0, nowMs]] }
  assert.deepEqual(written.family.chain, chain)
  const { payload, startedAt, expiresAt } = await find(next)
  assert.deepEqual(payload, PAYLOAD)
  assert.equal(startedAt, STARTED_AT)
  assert.equal(expiresAt, STARTED_AT + 100 + LIFETIME_SECONDS)
})

test('a family issues tokens with numbers above nine', async () => {
  const { token, redeem } = await begin()
  let current = token
  for (let round = 0; round < 12; round += 1) current = await redeem(current)
  assert.equal(numberOf(current), 12)
})

test('no token lives beyond the maximum lifetime of its family, and each one for at least a second', async () => {
  const { records, token, redeem, passSeconds } = await begin({ lifetimeSeconds: 3000 })
  passSeconds(4000)
  const next = await redeem(token)
  assert.equal(records.writes.at(-1)?.ttlSeconds, 1000)
  assert.equal(records.writes.at(-1)?.family.expiresAt, STARTED_AT + MAX_LIFETIME_SECONDS)
  passSeconds(1500)
  await redeem(next)
  assert.equal(records.writes.at(-1)?.ttlSeconds, 1)
})

test('a redeemed token gets the current one within the window, and counts as reused after it', async () => {
  const { records, token, find, redeem, passSeconds } = await begin()
  const next = await redeem(token)
  await redeem(next)
  const writesBefore = records.writes.length
  for (const advances of [true, false]) assert.equal(numberOf(await redeem(token, advances)), 2)
  passSeconds(WINDOW_SECONDS - 1)
  const late = await find(token)
  assert.equal(numberOf(await redeem(token)), 2)
  assert.equal(records.writes.length, writesBefore)
  passSeconds(1)
  for (const { redeem: redeemAgain } of [late, await find(token)]) {
    assert.deepEqual(await redeemAgain(), { kind: 'reused' })
  }
  assert.equal(records.writes.length, writesBefore)
})

test('a token whose answer was lost is redeemed for a new one, even if the tokens do not advance', async () => {
  const { token, redeem, passSeconds } = await begin()
  await redeem(token)
  passSeconds(WINDOW_SECONDS)
  assert.equal(numberOf(await redeem(token, false)), 2)
})

test('a token that does not advance is returned as it is, and saved only if its life gets longer by a minute', async () => {
  const { records, token, redeem, passSeconds } = await begin()
  assert.equal(await redeem(token, false), token)
  passSeconds(59)
  assert.equal(await redeem(token, false), token)
  assert.equal(records.writes.length, 1)
  passSeconds(1)
  assert.equal(await redeem(token, false), token)
  const [created, slid, ...others] = records.writes
  assert.deepEqual(others, [])
  assert.equal(slid?.ttlSeconds, LIFETIME_SECONDS)
  assert.deepEqual(slid.family, {
    ...created?.family,
    expiresAt: STARTED_AT + 60 + LIFETIME_SECONDS,
  })
})

test('a redeemed token does not extend the life of its successor', async () => {
  const { records, token, redeem, passSeconds } = await begin()
  await redeem(token)
  passSeconds(WINDOW_SECONDS - 1)
  for (const advances of [true, false]) assert.equal(numberOf(await redeem(token, advances)), 1)
  assert.equal(records.writes.length, 2)
})

test('two concurrent requests with one token get the same successor', async () => {
  const { records, token, find } = await begin()
  const found = await Promise.all([find(token), find(token)])
  const [first, second] = await Promise.all(found.map(({ redeem }) => redeem()))
  assert.ok(first?.kind === 'redeemed' && second?.kind === 'redeemed')
  assert.equal(first.token, second.token)
  assert.equal(numberOf(first.token), 1)
  assert.equal(records.writes.length, 2)
})

test('a request that another one overtakes learns that the family is gone or its token reused', async () => {
  const removed = await begin()
  const waiting = await removed.find(removed.token)
  await removed.families.remove(removed.token)
  assert.deepEqual(await waiting.redeem(), { kind: 'gone' })

  const overtaken = await begin()
  const late = await overtaken.find(overtaken.token)
  const next = await overtaken.redeem(overtaken.token)
  await overtaken.redeem(next)
  overtaken.passSeconds(WINDOW_SECONDS)
  assert.deepEqual(await late.redeem(), { kind: 'reused' })
})

test('a request that waited while its token was rotated forty times gets the current token', async () => {
  const { token, find, redeem } = await begin()
  const late = await find(token)
  let current = token
  for (let round = 0; round < 40; round += 1) current = await redeem(current)
  assert.deepEqual(await late.redeem(), { kind: 'redeemed', token: current })
})

test('a request is judged by when it arrived, but as if that was nine seconds ago at most', async () => {
  const { token, find, instant, redeem, passSeconds } = await begin()
  const next = await redeem(token)
  const current = await redeem(next)
  passSeconds(WINDOW_SECONDS - 1)
  const arrivedAt = instant()
  passSeconds(9)
  // A slow body must not stretch the window.
  assert.deepEqual(await (await find(token)).redeem({ arrivedAt }), {
    kind: 'redeemed',
    token: current,
  })
  assert.deepEqual(await (await find(token)).redeem(), { kind: 'reused' })
  passSeconds(1)
  assert.deepEqual(await (await find(token)).redeem({ arrivedAt }), { kind: 'reused' })
})

test('a request that nobody waits for redeems no token and proves no reuse', async () => {
  const { records, token, find, redeem, passSeconds } = await begin()
  const isAbandoned = () => true
  assert.deepEqual(await (await find(token)).redeem({ isAbandoned }), { kind: 'abandoned' })
  assert.equal(records.writes.length, 1)
  await redeem(await redeem(token))
  passSeconds(WINDOW_SECONDS)
  assert.deepEqual(await (await find(token)).redeem({ isAbandoned }), { kind: 'abandoned' })
  assert.deepEqual(await (await find(token)).redeem(), { kind: 'reused' })
})

test('a request whose client hangs up while another one overtakes it redeems no token', async () => {
  const { records, token, find, redeem } = await begin()
  const waiting = await find(token)
  await redeem(token)
  const answers = [false, true]
  const isAbandoned = () => answers.shift() ?? true
  assert.deepEqual(await waiting.redeem({ isAbandoned }), { kind: 'abandoned' })
  assert.equal(records.writes.length, 2)
})

test('a clock that is set forward by more than the window makes nobody a thief', async () => {
  const { token, redeem, stepSeconds } = await begin()
  const current = await redeem(await redeem(token))
  stepSeconds(WINDOW_SECONDS + 30)
  assert.equal(await redeem(token), current)
})

test('a clock that is set back does not extend the window', async () => {
  const { token, find, redeem, stepSeconds, passSeconds } = await begin()
  const current = await redeem(await redeem(token))
  stepSeconds(-3600)
  passSeconds(WINDOW_SECONDS - 1)
  assert.equal(await redeem(token), current)
  passSeconds(1)
  assert.deepEqual(await (await find(token)).redeem(), { kind: 'reused' })
})

test('a process goes by the wall clock for what another one has seen', async () => {
  const { token, redeem, startProcess, stepSeconds } = await begin()
  const other = startProcess()
  const current = await redeem(await redeem(token))
  stepSeconds(WINDOW_SECONDS - 1)
  assert.deepEqual(await (await other.find(token)).redeem(), { kind: 'redeemed', token: current })
  stepSeconds(1)
  assert.deepEqual(await (await other.find(token)).redeem(), { kind: 'reused' })
})

test('a process goes by the wall clock once another one has redeemed the token again', async () => {
  const { token, find, redeem, startProcess, passSeconds } = await begin()
  const other = startProcess()
  await redeem(token)
  passSeconds(WINDOW_SECONDS)
  const recovered = await (await other.find(token)).redeem()
  assert.ok(recovered.kind === 'redeemed')
  const current = await redeem(recovered.token)
  passSeconds(WINDOW_SECONDS - 1)
  assert.deepEqual(await (await find(token)).redeem(), { kind: 'redeemed', token: current })
})
