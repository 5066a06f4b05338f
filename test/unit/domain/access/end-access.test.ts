import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../../config/default.json' with { type: 'json' }
import { type AccessEvent, createAccessControl } from '../../../../src/domain/access/end-access.ts'
import { createGrantedAccess } from '../../../../src/domain/access/granted-access.ts'
import { isGrantLive, isSessionLive } from '../../../../src/domain/access/liveness.ts'
import { createAccountStore } from '../../../../src/records/access/account-store.ts'
import {
  createGrantListStore,
  MAX_LISTED_GRANTS,
} from '../../../../src/records/access/grant-list-store.ts'
import { createGrantStore, referToGrant } from '../../../../src/records/grant-store.ts'
import { createRefreshFamilies } from '../../../../src/records/refresh-family.ts'
import { createUpstreamTokenStore } from '../../../../src/records/upstream/upstream-token-store.ts'
import type { Store } from '../../../../src/store/store.ts'
import { type FailingStore, openFailingStore } from '../../../support/failing-store.ts'
import { createMemoryRecords } from '../../../support/memory-records.ts'
import { createRecordingStore } from '../../../support/recording-store.ts'

const NOW = 1_800_000_000_000
const DAY_SECONDS = 86_400
const TTL_SECONDS = 180 * DAY_SECONDS
const REASON = 'admin'

function prepare(store: Store = createRecordingStore({ now: () => NOW })) {
  const records = createMemoryRecords(store)
  const now = () => NOW
  const accounts = createAccountStore({ records, ttlSeconds: TTL_SECONDS })
  const grants = createGrantStore({ records, maxLifetimeSeconds: TTL_SECONDS })
  const grantLists = createGrantListStore({ records, maxLifetimeSeconds: TTL_SECONDS, now })
  const families = createRefreshFamilies({
    records,
    now,
    monotonicNow: now,
    reuseWindowSeconds: 120,
    lifetimeSeconds: TTL_SECONDS,
    maxLifetimeSeconds: TTL_SECONDS,
  })
  const events: AccessEvent[] = []
  const upstreamTokens = createUpstreamTokenStore({ records, ttlSeconds: TTL_SECONDS })
  const parts = { accounts, grants, grantLists, families, upstreamTokens, now }
  const access = createAccessControl({
    ...parts,
    referToAccount: (sub) => `account of ${sub.length} letters`,
    onEvent: (event) => events.push(event),
  })
  const lifetimes = {
    ...defaults.lifetimes,
    authorizationCodeSeconds: 960,
    refreshMaxLifetimeSeconds: TTL_SECONDS,
  }
  const grantedAccess = createGrantedAccess({ ...parts, config: { lifetimes } })
  const findLiveGrants = async (sub: string) => {
    const account = await accounts.find(sub)
    assert.ok(account)
    return grantedAccess.list(account)
  }

  /** What an authorization and a code leave. @returns the first refresh token */
  async function authorize(sub: string, grantId: string, createdAt = NOW / 1000): Promise<string> {
    const account = await accounts.change(sub, (known) => known ?? { sub, claims: {} })
    const generation = account.generation ?? 0
    const grant = referToGrant(grantId)
    const entry = { grant, generation, clientId: 'c', resource: 'r', scopes: ['s'], createdAt }
    await grants.save(grantId, { accountId: sub, generation }, TTL_SECONDS)
    await (await grantLists.open(sub)).add(entry)
    await families.create(grantId, { grantId })
    return families.issue(grantId)
  }

  async function isLive(sub: string, grantId: string): Promise<boolean> {
    const [grant, account] = await Promise.all([grants.find(grantId), accounts.find(sub)])
    return grant !== undefined && isGrantLive(grant, account)
  }

  return { ...parts, access, findLiveGrants, events, authorize, isLive }
}

test('ending everything ends the grants and sessions of the account, and of nobody else', async () => {
  const { access, accounts, families, authorize, isLive, events } = prepare()
  const tokens = [await authorize('ada', 'one'), await authorize('ada', 'two')]
  const theirs = await authorize('grace', 'three')
  const inFlight = await families.find(tokens[0] ?? '')
  assert.equal(await access.endAccess({ sub: 'ada', what: 'everything', reason: REASON }), true)

  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(await isLive('ada', 'two'), false)
  assert.equal(isSessionLive({}, await accounts.find('ada')), false)
  for (const token of tokens) assert.equal(await families.find(token), undefined)
  const arrivedAt = { wallMs: NOW, monotonicMs: NOW }
  const refresh = { advances: true, arrivedAt, isAbandoned: () => false }
  assert.deepEqual(await inFlight?.redeem(refresh), { kind: 'gone' })

  assert.equal(await isLive('grace', 'three'), true)
  assert.ok(await families.find(theirs))
  assert.equal(isSessionLive({}, await accounts.find('grace')), true)
  const audit = { audit: 'access_ended', account: 'account of 3 letters', reason: REASON }
  assert.deepEqual(events, [{ ...audit, what: 'everything', disabled: false, grants: 2 }])
})

test('an end that was decided about an earlier time of the account ends what is left of it, and nothing newer', async () => {
  const { access, accounts, families, upstreamTokens, authorize, isLive, events } = prepare()
  await authorize('ada', 'early')
  const before = (await accounts.find('ada'))?.generation ?? 0
  const end = { sub: 'ada', what: 'everything', reason: 'upstream_grant_ended' } as const
  assert.equal(await access.endAccess({ ...end, generation: before }), true)
  assert.equal(await isLive('ada', 'early'), false)

  const early = await authorize('ada', 'half ended')
  const generation = (await accounts.find('ada'))?.generation ?? 0
  // Another process raised the number, and was killed.
  await accounts.change('ada', (known) => known && { ...known, generation: generation + 1 })
  assert.ok(await families.find(early))
  assert.equal(await access.endAccess({ ...end, generation }), true)
  assert.equal(await families.find(early), undefined)

  const late = await authorize('ada', 'late')
  await upstreamTokens.change('ada', () => ({ held: {} }))
  const session = { sessionGeneration: (await accounts.find('ada'))?.sessionGeneration }
  assert.equal(await access.endAccess({ ...end, generation }), true)
  assert.ok(await families.find(late))
  assert.equal(await isLive('ada', 'late'), true)
  assert.equal(isSessionLive(session, await accounts.find('ada')), true)
  assert.ok(await upstreamTokens.open('ada'))
  assert.equal(events.length, 1, 'the audit log has the first end alone')
})

test('an end raises the numbers, so that none of them comes back', async () => {
  const { access, accounts, authorize } = prepare()
  await authorize('ada', 'one')
  for (const turn of [1, 2, 3]) {
    const before = await accounts.find('ada')
    await access.endAccess({ sub: 'ada', what: 'everything', reason: REASON })
    const after = await accounts.find('ada')
    assert.ok((after?.generation ?? 0) > (before?.generation ?? 0), `${turn}`)
    assert.ok((after?.sessionGeneration ?? 0) > (before?.sessionGeneration ?? 0), `${turn}`)
  }
})

test('an account that is not there has nothing to end but tokens of a sign-in that was on its way', async () => {
  const { access, upstreamTokens, events } = prepare()
  const end = { sub: 'ada', generation: 7, reason: REASON } as const
  await upstreamTokens.change('ada', () => ({ held: {} }))
  assert.equal(await access.endAccess({ ...end, what: 'sessions' }), false)
  assert.ok(await upstreamTokens.open('ada'), 'a sign-out in a browser ends no tokens')
  assert.equal(await access.endAccess({ ...end, what: 'grants' }), false)
  assert.equal(await upstreamTokens.open('ada'), undefined)
  assert.deepEqual(events, [])
})

test('a grant of a time before the list and before generations ends too, and a later one lives', async () => {
  const { access, grants, authorize, isLive } = prepare()
  await authorize('ada', 'listed')
  await grants.save('old', { accountId: 'ada' }, TTL_SECONDS)
  assert.equal(await isLive('ada', 'old'), true)
  await access.endAccess({ sub: 'ada', what: 'grants', reason: REASON })
  assert.equal(await isLive('ada', 'old'), false)
  await authorize('ada', 'later')
  assert.equal(await isLive('ada', 'later'), true)
})

test('sessions and grants can be ended apart', async () => {
  const { access, accounts, authorize, isLive } = prepare()
  await authorize('ada', 'one')
  await access.endAccess({ sub: 'ada', what: 'sessions', reason: REASON })
  assert.equal(await isLive('ada', 'one'), true)
  assert.equal(isSessionLive({}, await accounts.find('ada')), false)
  assert.equal(isSessionLive({ sessionGeneration: 1 }, await accounts.find('ada')), true)
  await access.endAccess({ sub: 'ada', what: 'grants', reason: REASON })
  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(isSessionLive({ sessionGeneration: 1 }, await accounts.find('ada')), true)
})

test('the upstream’s tokens go with the grants, and stay when only the sessions end', async () => {
  for (const [end, isLeft] of [
    [{ what: 'sessions' }, true],
    [{ what: 'grants' }, false],
    [{ what: 'everything' }, false],
    [{ what: 'sessions', disable: true }, false],
  ] as const) {
    const { access, authorize, upstreamTokens } = prepare()
    await authorize('ada', 'one')
    await upstreamTokens.change('ada', () => ({
      held: { '': { accessToken: 'a', checkedAtMs: NOW } },
    }))
    await access.endAccess({ sub: 'ada', reason: REASON, ...end })
    assert.equal((await upstreamTokens.open('ada')) !== undefined, isLeft, JSON.stringify(end))
  }
})

test('tokens of the upstream without an account go too', async () => {
  const { access, upstreamTokens, events } = prepare()
  const tokens = { held: { '': { accessToken: 'a', checkedAtMs: NOW } } }
  await upstreamTokens.change('ada', () => tokens)
  assert.equal(await access.endAccess({ sub: 'ada', what: 'everything', reason: REASON }), false)
  assert.equal(await upstreamTokens.open('ada'), undefined)
  assert.deepEqual(events, [])
})

test('a disabled account has no live grant or session, its record outlives others, and enabling revives nothing', async () => {
  const store = createRecordingStore({ now: () => NOW })
  const { access, accounts, authorize, isLive, events } = prepare(store)
  await authorize('ada', 'one')
  await access.endAccess({ sub: 'ada', what: 'sessions', disable: true, reason: REASON })
  assert.equal((await accounts.find('ada'))?.disabledAt, NOW / 1000)
  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(isSessionLive({ sessionGeneration: 1 }, await accounts.find('ada')), false)
  await accounts.renew('ada')
  const lifetimes = store.lifetimes('account')
  assert.deepEqual(lifetimes, [TTL_SECONDS, 3650 * DAY_SECONDS, 3650 * DAY_SECONDS])

  assert.equal(await access.enableAccount({ sub: 'ada', reason: REASON }), true)
  assert.equal(store.lifetimes('account').at(-1), TTL_SECONDS)
  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(isSessionLive({}, await accounts.find('ada')), false)
  await authorize('ada', 'two')
  assert.equal(await isLive('ada', 'two'), true)
  assert.deepEqual(
    events.map(({ audit, disabled }) => [audit, disabled]),
    [
      ['access_ended', true],
      ['account_enabled', undefined],
    ],
  )
})

test('somebody who has never signed in can be disabled in advance, but has nothing to end', async () => {
  const { access, accounts, events } = prepare()
  const nobody = { sub: 'nobody', reason: REASON } as const
  assert.equal(await access.endAccess({ ...nobody, what: 'everything' }), false)
  assert.equal(await access.enableAccount(nobody), false)
  assert.equal(await access.endGrant({ ...nobody, grant: 'g' }), false)
  assert.equal(await accounts.find('nobody'), undefined)
  assert.deepEqual(events, [])
  await access.endAccess({ ...nobody, what: 'everything', disable: true })
  assert.equal((await accounts.find('nobody'))?.disabledAt, NOW / 1000)
})

test('one grant can be ended, once, by its own account only', async () => {
  const { access, families, authorize, isLive, findLiveGrants, events } = prepare()
  const token = await authorize('ada', 'one')
  await authorize('ada', 'two')
  await authorize('grace', 'three')
  const end = (sub: string, grantId: string) =>
    access.endGrant({ sub, grant: referToGrant(grantId), reason: 'account_page' })
  assert.equal(await end('grace', 'one'), false)
  assert.equal(await isLive('ada', 'one'), true)
  assert.equal(await end('ada', 'one'), true)
  assert.equal(await end('ada', 'one'), false)
  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(await families.find(token), undefined)
  assert.equal(await isLive('ada', 'two'), true)
  assert.deepEqual(
    (await findLiveGrants('ada')).map(({ grant }) => grant),
    [referToGrant('two')],
  )
  const event = { audit: 'grant_ended', account: 'account of 3 letters', reason: 'account_page' }
  assert.deepEqual(events, [{ ...event, grant: referToGrant('one') }])
})

test('a grant that is not on the list can be ended too, by its own account only', async () => {
  const { access, families, grantLists, authorize, isLive } = prepare()
  const token = await authorize('ada', 'one')
  const grant = referToGrant('one')
  await grantLists.remove('ada', new Set([grant]))
  assert.equal(await access.endGrant({ sub: 'grace', grant, reason: 'admin' }), false)
  assert.equal(await isLive('ada', 'one'), true)
  assert.equal(await access.endGrant({ sub: 'ada', grant, reason: 'admin' }), true)
  assert.equal(await access.endGrant({ sub: 'ada', grant, reason: 'admin' }), false)
  assert.equal(await isLive('ada', 'one'), false)
  assert.equal(await families.find(token), undefined)
})

test('the live grants are those that can be used: newest first, with the time of the last use', async () => {
  const { families, grants, grantLists, authorize, findLiveGrants } = prepare()
  const token = await authorize('ada', 'used')
  await authorize('ada', 'revoked')
  await authorize('ada', 'unused', NOW / 1000 - DAY_SECONDS)
  await authorize('ada', 'without refresh', NOW / 1000 - 900)
  await authorize('ada', 'expired', NOW / 1000 - 1000)
  await grants.revoke('revoked')
  for (const id of ['without refresh', 'expired']) await families.removeOfGrant(referToGrant(id))
  const arrivedAt = { wallMs: NOW, monotonicMs: NOW }
  const refresh = { advances: true, arrivedAt, isAbandoned: () => false }
  assert.equal((await (await families.find(token))?.redeem(refresh))?.kind, 'redeemed')
  assert.deepEqual(
    (await findLiveGrants('ada')).map(({ grant, lastUsedAt }) => [grant, lastUsedAt]),
    [
      [referToGrant('without refresh'), undefined],
      [referToGrant('unused'), undefined],
      [referToGrant('used'), NOW / 1000],
    ],
  )
  assert.equal((await grantLists.find('ada')).length, 5)
})

test('the list has the newest 200 grants, and says which live ones had to leave', async () => {
  const { grantLists } = prepare()
  const dropped: string[] = []
  const entry = { generation: 0, clientId: 'c', resource: 'r', scopes: [], createdAt: NOW / 1000 }
  const add = async (grant: string, changes = {}) => {
    const gone = await (await grantLists.open('ada')).add({ ...entry, grant, ...changes })
    dropped.push(...gone.map((one) => one.grant))
  }
  await add('expired', { createdAt: NOW / 1000 - TTL_SECONDS })
  for (let n = 0; n < MAX_LISTED_GRANTS; n += 1) await add(`${n}`)
  assert.deepEqual(dropped, [])
  await add('one more')
  assert.deepEqual(dropped, ['0'])
  const listed = await grantLists.find('ada')
  assert.equal(listed.length, MAX_LISTED_GRANTS)
  assert.deepEqual([listed[0]?.grant, listed.at(-1)?.grant], ['1', 'one more'])
  // Those of an earlier generation are dead, and leave quietly.
  await add('next generation', { generation: 1 })
  assert.deepEqual(dropped, ['0'])
  assert.deepEqual((await grantLists.find('ada')).length, 1)
})

test('an approval of an earlier generation removes no newer grant from the list', async () => {
  const { authorize, grantLists, access, families } = prepare()
  const late = await grantLists.open('ada')
  await access.endAccess({ sub: 'ada', what: 'grants', disable: true, reason: REASON })
  await access.enableAccount({ sub: 'ada', reason: REASON })
  const token = await authorize('ada', 'newer')
  const entry = { generation: 0, clientId: 'c', resource: 'r', scopes: [], createdAt: NOW / 1000 }
  assert.deepEqual(await late.add({ ...entry, grant: 'late' }), [])
  const listed = await grantLists.find('ada')
  assert.ok(listed.some(({ grant }) => grant === referToGrant('newer')))
  await access.endAccess({ sub: 'ada', what: 'grants', reason: REASON })
  assert.equal(await families.find(token), undefined)
})

test('30 authorizations of one account at once are all on its list', async () => {
  const { authorize, grantLists } = prepare()
  await Promise.all(Array.from({ length: 30 }, (_, n) => authorize('ada', `${n}`)))
  assert.equal((await grantLists.find('ada')).length, 30)
})

for (const failure of ['before', 'after'] as const) {
  test(`a kill switch that failed ${failure} any command is audited, and does the rest when it is repeated`, async () => {
    for (let command = 0; ; command += 1) {
      const failing: FailingStore = await openFailingStore()
      const { access, families, authorize, isLive, events } = prepare(failing.store)
      const tokens = [await authorize('ada', 'one'), await authorize('ada', 'two')]
      const end = () => access.endAccess({ sub: 'ada', what: 'everything', reason: REASON })
      failing.failAt(command, failure)
      const isFailed = await end().then(
        () => false,
        () => true,
      )
      failing.recover()
      if (!isFailed) {
        assert.ok(command > 8, `${command} commands`)
        return
      }
      assert.equal(events.at(-1)?.outcome, 'unknown', `command ${command}`)
      await end()
      assert.equal(await isLive('ada', 'one'), false)
      for (const token of tokens) {
        assert.equal(await families.find(token), undefined, `command ${command}`)
      }
    }
  })
}
