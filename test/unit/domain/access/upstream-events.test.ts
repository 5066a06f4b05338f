// Whom a statement of the upstream means, and what a failure leaves. The checks of signatures are signed-statements.test.ts,
// the endpoints are in test/integration/access.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamEventSettings } from '../../../../src/config/upstream/event-settings.ts'
import type { AccessEnd } from '../../../../src/domain/access/end-access.ts'
import { createUpstreamEvents } from '../../../../src/domain/access/upstream-events.ts'
import { AppError, type AppErrorCode } from '../../../../src/errors.ts'
import { createPersonIndex } from '../../../../src/records/access/person-index.ts'
import type { StoredAccount } from '../../../../src/records/record-values.ts'
import { createReplayStore } from '../../../../src/records/replay-store.ts'
import type { Store } from '../../../../src/store/store.ts'
import { parseIdentity } from '../../../../src/upstream/identity.ts'
import { StatementRejected } from '../../../../src/upstream/statements/signed-statements.ts'
import { mockClock } from '../../../support/clock.ts'
import { openFailingStore } from '../../../support/failing-store.ts'
import { createMemoryRecords } from '../../../support/memory-records.ts'
import { createRecordingStore } from '../../../support/recording-store.ts'

const ISSUER = 'https://upstream.example'
const ORGANISATION = 'https://organisation.example'
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const NOW_SECONDS = 1_800_000_000

/** Subjects are those of the upstream with a prefix, as for people of another than the home upstream. */
const subjectOf = async (sub: string) => `derived-${sub}`

function prepare(
  changes: {
    settings?: Partial<UpstreamEventSettings>
    emailDomains?: readonly string[]
    subjectClaims?: readonly string[]
    store?: Store
  } = {},
) {
  const store = createRecordingStore({ now: Date.now })
  const records = createMemoryRecords(changes.store ?? store)
  const accounts = new Map<string, StoredAccount>()
  const ended: AccessEnd[] = []
  let failure: Error | undefined
  let hangs = false
  let serial = 0
  /** A statement is its claims as JSON, and counts if its issuer is the expected one. */
  const statementsOf = (issuer: string) => ({
    issuer,
    async verify(statement: string) {
      const claims = JSON.parse(statement)
      if (claims.iss !== issuer) throw new StatementRejected('Its iss is another one.')
      return claims
    },
  })
  const { emailDomains = ['example.com'], subjectClaims = ['sub'] } = changes
  const events = createUpstreamEvents({
    settings: {
      backchannelLogout: 'sessions',
      globalTokenRevocation: {
        enabled: true,
        issuer: ORGANISATION,
        jwksUri: `${ORGANISATION}/keys`,
        emailDomains: [...emailDomains],
      },
      ...changes.settings,
    },
    upstream: { issuer: ISSUER, clientId: 'client', subjectClaims },
    revocationUrl: 'https://auth.example.com/global-token-revocation',
    statements: { logout: statementsOf(ISSUER), revocation: statementsOf(ORGANISATION) },
    access: {
      async endAccess(end) {
        if (failure) throw failure
        if (hangs) return new Promise<never>(() => {})
        if (!accounts.has(end.sub)) return false
        ended.push(end)
        return true
      },
    },
    accounts: { find: async (sub) => accounts.get(sub), subjectOf },
    people: createPersonIndex({ records, ttlSeconds: 1000 }),
    replays: createReplayStore({ records, now: () => NOW_SECONDS * 1000 }),
  })
  const state = (iss: string, claims: object) => {
    serial += 1
    return JSON.stringify({ iss, jti: `${serial}`, exp: NOW_SECONDS + 300, ...claims })
  }
  return {
    /** The subjects whose access ended, with what ended. */
    ended: () => ended.splice(0).map(({ sub, what }) => `${sub} ${what}`),
    async signIn(name: string, { sid, email }: { sid?: string; email?: string } = {}) {
      const identity = parseIdentity({ sub: name, sid, email, email_verified: true })
      const sub = await subjectOf(name)
      accounts.set(sub, { sub, claims: {}, verifiedEmail: identity.verifiedEmail })
      await events.note(identity, sub)
    },
    /** What a re-validation says. */
    async changeAddress(name: string, email: string) {
      const sub = await subjectOf(name)
      await events.noteAddress(email, sub)
      accounts.set(sub, { sub, claims: {}, verifiedEmail: email })
    },
    writes: () => store.writes.length,
    logOut: (claims: object) => events.logOut(state(ISSUER, { events: EVENTS, ...claims })),
    revoke: (sub_id: object, jwt = state(ORGANISATION, {})) => events.revoke(jwt, { sub_id }),
    state,
    fail: (error: Error | undefined) => {
      failure = error
    },
    hang: (isHanging: boolean) => {
      hangs = isHanging
    },
  }
}

const fails = (code: AppErrorCode) => (error: unknown) =>
  error instanceof AppError && error.code === code

test('a logout token that names only a session ends the browser sessions of whoever signed in with it', async () => {
  const { signIn, logOut, ended } = prepare()
  await signIn('ada', { sid: 'ada-at-work' })
  await signIn('ada', { sid: 'ada-at-home' })
  await signIn('grace', { sid: 'grace' })
  await logOut({ sid: 'ada-at-work' })
  assert.deepEqual(ended(), ['derived-ada sessions'])
  await logOut({ sid: 'ada-at-home', sub: 'ada' })
  assert.deepEqual(ended(), ['derived-ada sessions'])
  await logOut({ sid: 'unknown' })
  assert.deepEqual(ended(), [])
})

test('a session that somebody else signed in with later belongs to that person', async () => {
  const { signIn, logOut, ended } = prepare()
  await signIn('ada', { sid: 'shared' })
  await signIn('grace', { sid: 'shared' })
  await logOut({ sid: 'shared' })
  assert.deepEqual(ended(), ['derived-grace sessions'])
})

test('an address counts only while it is its account’s, and only in the configured domains', async () => {
  const { signIn, revoke, ended } = prepare()
  const byEmail = (email: string) => revoke({ format: 'email', email })
  await signIn('ada', { email: 'Info@example.com' })
  await byEmail('info@EXAMPLE.com')
  assert.deepEqual(ended(), ['derived-ada everything'])
  await signIn('grace', { email: 'info@example.com' })
  await byEmail('info@example.com')
  assert.deepEqual(ended().toSorted(), ['derived-ada everything', 'derived-grace everything'])
  await signIn('ada', { email: 'ada@example.com' })
  await byEmail('info@example.com')
  assert.deepEqual(ended(), ['derived-grace everything'])
  await signIn('linus', { email: 'linus@example.org' })
  await assert.rejects(byEmail('linus@example.org'), fails('subject_not_allowed'))
  await assert.rejects(byEmail('nobody@example.com'), fails('subject_unknown'))
  assert.deepEqual(ended(), [])
})

test('an address of an account is noted between sign-ins, once, and none of other domains', async () => {
  const { signIn, changeAddress, revoke, ended, writes } = prepare()
  await signIn('ada', { email: 'ada@example.com' })
  const before = writes()
  await changeAddress('ada', 'Ada@Example.com')
  await changeAddress('ada', 'ada@example.org')
  assert.equal(writes(), before)
  await changeAddress('ada', 'King@example.com')
  assert.equal(writes(), before + 1)
  await revoke({ format: 'email', email: 'king@example.com' })
  assert.deepEqual(ended(), ['derived-ada everything'])
})

test('without configured domains nobody is named by an address', async () => {
  const before = prepare({ emailDomains: [] })
  await before.signIn('ada', { email: 'ada@example.com' })
  await assert.rejects(
    before.revoke({ format: 'email', email: 'ada@example.com' }),
    fails('subject_not_allowed'),
  )
})

test('the organisation that signs revocations may name people by its own issuer or the upstream’s', async () => {
  const { signIn, revoke, ended, state } = prepare()
  await signIn('ada')
  for (const iss of [ISSUER, ORGANISATION]) await revoke({ format: 'iss_sub', iss, sub: 'ada' })
  assert.equal(ended().length, 2)
  const byUpstream = state(ISSUER, {})
  const subject = { format: 'opaque', id: 'ada' }
  await assert.rejects(revoke(subject, byUpstream), fails('invalid_revocation_token'))
  assert.deepEqual(ended(), [])
})

test('where other claims than sub name people, a sub names nobody, and a session still does', async () => {
  const { signIn, revoke, logOut, ended } = prepare({ subjectClaims: ['oid', 'tid'] })
  await signIn('ada', { sid: 'session' })
  await assert.rejects(
    revoke({ format: 'iss_sub', iss: ISSUER, sub: 'ada' }),
    fails('subject_unknown'),
  )
  await assert.rejects(logOut({ sub: 'ada' }), fails('invalid_logout_token'))
  assert.deepEqual(ended(), [])
  await logOut({ sub: 'ada', sid: 'session' })
  await revoke({ format: 'opaque', id: 'ada' })
  assert.deepEqual(ended(), ['derived-ada sessions', 'derived-ada everything'])
})

test('a statement whose work failed may be sent again, and then counts once', async () => {
  const { signIn, revoke, ended, state, fail } = prepare()
  await signIn('ada')
  const jwt = state(ORGANISATION, {})
  const subject = { format: 'opaque', id: 'ada' }
  fail(new AppError('store_unavailable'))
  await assert.rejects(revoke(subject, jwt), fails('store_unavailable'))
  fail(undefined)
  await revoke(subject, jwt)
  await assert.rejects(revoke(subject, jwt), fails('invalid_revocation_token'))
  assert.deepEqual(ended(), ['derived-ada everything'])
})

for (const failure of ['before', 'after'] as const) {
  test(`a statement may be sent again after the store was away during its work, also if the undo failed or the answer was lost: ${failure}`, async () => {
    const clock = mockClock()
    try {
      for (let command = 0; ; command += 1) {
        const failing = await openFailingStore()
        const { signIn, revoke, ended, state } = prepare({ store: failing.store })
        await signIn('ada', { email: 'ada@example.com' })
        const jwt = state(ORGANISATION, {})
        const send = () => revoke({ format: 'email', email: 'ada@example.com' }, jwt)
        failing.failAt(command, failure)
        const error = await send().then(
          () => undefined,
          (reason: unknown) => reason,
        )
        const { commands } = failing
        failing.recover()
        if (commands <= command) {
          assert.ok(command >= 3, `${command} commands`)
          return
        }
        if (error !== undefined) {
          assert.ok(fails('store_unavailable')(error), `command ${command}: ${error}`)
          clock.advance(16)
          await send()
        }
        assert.deepEqual(ended(), ['derived-ada everything'], `command ${command}`)
        if (error === undefined) continue
        clock.advance(16)
        await assert.rejects(send(), fails('invalid_revocation_token'))
      }
    } finally {
      clock.restore()
    }
  })
}

test('a statement whose process was killed during its work may be sent again, and not while it is at work', async () => {
  const clock = mockClock()
  try {
    const { signIn, revoke, ended, state, hang, writes } = prepare()
    await signIn('ada')
    const before = writes()
    const jwt = state(ORGANISATION, {})
    const subject = { format: 'opaque', id: 'ada' }
    hang(true)
    revoke(subject, jwt).catch(() => {})
    while (writes() === before) await new Promise(setImmediate)
    clock.advance(10)
    await assert.rejects(revoke(subject, jwt), fails('invalid_revocation_token'))
    hang(false)
    clock.advance(6)
    await revoke(subject, jwt)
    assert.deepEqual(ended(), ['derived-ada everything'])
    clock.advance(290)
    await assert.rejects(revoke(subject, jwt), fails('invalid_revocation_token'))
  } finally {
    clock.restore()
  }
})

test('nothing is noted of sessions while back-channel logout is off', async () => {
  const { signIn, logOut } = prepare({ settings: { backchannelLogout: 'off' } })
  await signIn('ada', { sid: 'session' })
  await assert.rejects(logOut({ sid: 'session' }), fails('not_found'))
})
