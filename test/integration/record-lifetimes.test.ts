// Checks the lifetimes in docs/storage.md. The clock stands still, so each record is written with its exact
// lifetime in seconds.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RECORD_PREFIXES } from '../../src/records/record-kinds.ts'
import { mockClock } from '../support/clock.ts'
import { ASSERTION_SECONDS, prepareEveryRecordKind } from '../support/every-record-kind.ts'
import { logIn, refresh } from '../support/journey.ts'
import { createRecordingStore } from '../support/recording-store.ts'
import { startTestServer } from '../support/server.ts'
import { parseLifetimes, readTable } from '../support/storage-document.ts'

const HOUR_SECONDS = 60 * 60
const DAY_SECONDS = 24 * HOUR_SECONDS

// All values and all their sums differ, so that no lifetime can be mistaken for another.
const lifetimes = {
  accessTokenSeconds: 310,
  authorizationCodeSeconds: 61,
  clientSeconds: 9 * DAY_SECONDS,
  idTokenSeconds: 320,
  interactionSeconds: 2003,
  loginAttemptSeconds: 611,
  refreshTokenSeconds: 3 * DAY_SECONDS,
  refreshMaxLifetimeSeconds: 5 * DAY_SECONDS,
  refreshReuseWindowSeconds: 17,
  sessionSeconds: 5 * DAY_SECONDS + 12 * HOUR_SECONDS,
  unusedClientSeconds: 7 * DAY_SECONDS,
}
const clientDocuments = {
  minFreshSeconds: 71,
  maxFreshSeconds: 40_000,
  keepSeconds: 11 * DAY_SECONDS,
}
const names = { ...lifetimes, ...clientDocuments, assertion: ASSERTION_SECONDS }

/** The age of the grant at its last refresh, which is the second of two equal steps. */
const LATE_SECONDS = lifetimes.refreshMaxLifetimeSeconds - HOUR_SECONDS

const table = readTable('| kind |')
const clock = mockClock()
/** By kind, the lifetimes that its records were written with. */
let written: Readonly<Record<string, readonly number[]>>
/** The lifetime of the refresh family as written at the last refresh. */
let lateSeconds: number | undefined

before(async () => {
  const store = createRecordingStore({ now: Date.now })
  const every = await prepareEveryRecordKind()
  const server = await startTestServer({
    file: { ...every.file, lifetimes, clientDocuments },
    backchannelLogout: every.backchannelLogout,
    overrides: { store, outbound: every.outbound },
  })
  try {
    await every.walk(server.issuer)
    written = Object.fromEntries(RECORD_PREFIXES.map((kind) => [kind, store.lifetimes(kind)]))
    const { client, tokens } = await logIn(server.issuer)
    let token = tokens['refresh_token']
    for (const seconds of [LATE_SECONDS / 2, LATE_SECONDS / 2]) {
      clock.advance(seconds)
      const { status, body } = await refresh(server.issuer, client, token)
      assert.equal(status, 200)
      token = body['refresh_token']
    }
    lateSeconds = store.lifetimes('refresh-family').at(-1)
  } finally {
    await server.close()
    await every.close()
  }
})
after(() => clock.restore())

for (const kind of RECORD_PREFIXES) {
  test(`a ${kind} record has the lifetime that docs/storage.md gives`, () => {
    const [, cell = ''] = table.get(kind) ?? []
    const { each, range, cap } = parseLifetimes(cell, names)
    const seen = [...new Set(written[kind])].toSorted((a, b) => a - b)
    if (range) assert.deepEqual([seen.at(0), seen.at(-1)], range)
    else
      assert.deepEqual(
        seen,
        each.toSorted((a, b) => a - b),
      )
    if (kind === 'refresh-family') assert.equal(lateSeconds, Number(cap) - LATE_SECONDS)
    else assert.equal(cap, undefined, 'no test covers a cap for this kind')
  })
}
