// When a refresh asks the upstream about the account first, and what follows from the answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../../src/errors.ts'
import {
  CALENDAR,
  createTokenStage,
  hours,
  minutes,
  PLAIN,
  SUB,
} from '../../../support/token-processes.ts'

const isUnavailable = (error: unknown) =>
  error instanceof AppError && error.code === 'upstream_unavailable'

async function prepare(
  settings?: Parameters<typeof createTokenStage>[0],
  tokens: { refreshToken?: undefined; expiresAtMs?: undefined } = {},
) {
  const stage = createTokenStage(settings)
  const one = stage.start()
  await one.signIn(PLAIN, tokens)
  return { stage, one }
}

test('the upstream is asked once the last word is 900 s old, and its new claims are saved', async () => {
  const { stage, one } = await prepare()
  stage.nowMs += minutes(15) - 1
  assert.equal((await one.revalidate()).kind, 'live')
  assert.equal(stage.asked.length, 0)
  stage.nowMs += 1
  stage.person = { sub: SUB, name: 'Ada King', email: 'ada@new.example', email_verified: true }
  const answer = await one.revalidate()
  assert.equal(answer.kind === 'live' && answer.account.claims['name'], 'Ada King')
  const saved = await one.accounts.find(SUB)
  assert.deepEqual([saved?.verifiedEmail, saved?.checkedAtMs], ['ada@new.example', stage.nowMs])
  await one.revalidate()
  assert.equal(stage.asked.length, 1)
})

test('a refresh that is not due sends the store no command', async () => {
  let commands = 0
  const { one } = await prepare({
    wrapStore: (store) => ({
      ...store,
      get: (key) => {
        commands += 1
        return store.get(key)
      },
    }),
  })
  const account = (await one.accounts.find(SUB)) ?? assert.fail()
  commands = 0
  assert.deepEqual(await one.revalidation.check(account, PLAIN), { kind: 'live', account })
  assert.equal(commands, 0)
})

test('invalid_grant ends the grants, and so does a retry after a crash in between', async () => {
  const { stage, one } = await prepare()
  stage.nowMs += hours(1)
  stage.refresh = async () => 'upstream_grant_ended'
  const account = (await one.accounts.find(SUB)) ?? assert.fail()
  await one.upstreamTokens.change(SUB, (known) => {
    const tokens = known?.held['']
    return known && tokens && { held: { '': { ...tokens, hasEnded: true } } }
  })
  assert.deepEqual(await one.revalidation.check(account, PLAIN), { kind: 'ended' })
  assert.deepEqual([stage.ended, stage.asked], [[SUB], []])

  const fresh = await prepare()
  fresh.stage.nowMs += hours(1)
  fresh.stage.refresh = async () => 'upstream_grant_ended'
  assert.deepEqual(await fresh.one.revalidate(), { kind: 'ended' })
  assert.deepEqual(fresh.stage.ended, [SUB])
})

test('trouble of the upstream lets refreshes through for a day after its last word, and then is 503', async () => {
  for (const code of ['upstream_unavailable', 'upstream_failed'] as const) {
    const { stage, one } = await prepare()
    stage.refresh = async () => code
    stage.nowMs += hours(24) - 1
    assert.equal((await one.revalidate()).kind, 'live', code)
    stage.nowMs += 1
    await assert.rejects(one.revalidate(), isUnavailable, code)
    assert.deepEqual(stage.ended, [])
    stage.nowMs += minutes(5)
    stage.refresh = async () => ({})
    assert.equal((await one.revalidate()).kind, 'live', code)
  }
})

test('a store that is away is not taken for the upstream: the refresh fails with 503 at once', async () => {
  let isAway = false
  const { stage, one } = await prepare({
    wrapStore: (store) => ({
      ...store,
      get: async (key) => {
        if (isAway) throw new AppError('store_unavailable')
        return store.get(key)
      },
    }),
  })
  const account = (await one.accounts.find(SUB)) ?? assert.fail()
  stage.nowMs += hours(1)
  isAway = true
  const checking = one.revalidation.check(account, PLAIN)
  await assert.rejects(checking, (error: AppError) => error.code === 'store_unavailable')
})

test('an account without means of re-validation lives for 12 hours after its sign-in, and a new sign-in revives it', async () => {
  const cases = [
    await prepare({ mode: 'none' }),
    await prepare({}, { refreshToken: undefined }),
    // Its access token expires after an hour.
    await prepare({ mode: 'userinfo' }, { refreshToken: undefined }),
  ]
  for (const { stage, one } of cases) {
    stage.nowMs += hours(12) - 1
    assert.equal((await one.revalidate()).kind, 'live')
    stage.nowMs += 1
    assert.equal((await one.revalidate()).kind, 'unverified')
    assert.deepEqual(stage.ended, [])
    await one.signIn(PLAIN, { refreshToken: undefined })
    assert.equal((await one.revalidate()).kind, 'live')
  }
})

test('userinfo re-validates while the access token works', async () => {
  const { stage, one } = await prepare(
    { mode: 'userinfo' },
    { refreshToken: undefined, expiresAtMs: undefined },
  )
  for (let turn = 0; turn < 3; turn += 1) {
    stage.nowMs += hours(12)
    assert.equal((await one.revalidate()).kind, 'live')
  }
  assert.deepEqual(stage.asked, ['access-0', 'access-0', 'access-0'])
})

test('without a refresh token, userinfo re-validates until the access token expires, and then nobody is asked', async () => {
  const { stage, one } = await prepare({}, { refreshToken: undefined })
  for (let turn = 0; turn < 3; turn += 1) {
    stage.nowMs += minutes(15)
    assert.equal((await one.revalidate()).kind, 'live')
  }
  assert.deepEqual(stage.asked, ['access-0', 'access-0', 'access-0'])
  // The last word was after 45 minutes.
  stage.nowMs += hours(12) - 1
  assert.equal((await one.revalidate()).kind, 'live')
  stage.nowMs += 1
  assert.equal((await one.revalidate()).kind, 'unverified')
  assert.equal(stage.asked.length, 3)
})

test('without a refresh token, a person whom userinfo refuses has been removed', async () => {
  const { stage, one } = await prepare({}, { refreshToken: undefined })
  stage.nowMs += minutes(15)
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal((await one.revalidate()).kind, 'ended')
  assert.deepEqual(stage.ended, [SUB])
})

test('without a refresh token, userinfo is not asked if it may say less than the ID token, or if nobody knows when the token expires', async () => {
  const claims = { groups: { path: ['groups'], keysOf: false } }
  for (const [upstream, tokens] of [
    [{ accessClaims: claims }, {}],
    [{ subjectClaims: ['oid', 'tid'] }, {}],
    [{ verifiedEmail: { claim: 'xms_edov' } }, {}],
    [{ emailDomainClaim: 'hd' }, {}],
    [{ tenants: ['one'] }, {}],
    [{ userinfo: 'never' }, {}],
    [{}, { expiresAtMs: undefined }],
  ] as const) {
    const { stage, one } = await prepare(
      { upstream: upstream as never }, // the shapes vary by member
      { refreshToken: undefined, ...tokens },
    )
    stage.nowMs += minutes(15)
    assert.equal((await one.revalidate()).kind, 'live')
    assert.deepEqual(stage.asked, [], JSON.stringify(upstream))
  }
  const { stage, one } = await prepare(
    { upstream: { userinfo: 'always', accessClaims: claims as never } },
    { refreshToken: undefined },
  )
  stage.nowMs += minutes(15)
  await one.revalidate()
  assert.deepEqual(stage.asked, ['access-0'], 'the sign-in asked userinfo too')
})

test('userinfo rotates nothing: that it was down does not excuse its refusal', async () => {
  const { stage, one } = await prepare(
    { mode: 'userinfo' },
    { refreshToken: undefined, expiresAtMs: undefined },
  )
  stage.nowMs += hours(1)
  stage.refresh = async () => 'upstream_unavailable'
  assert.equal((await one.revalidate()).kind, 'live')
  stage.nowMs += minutes(1)
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal((await one.revalidate()).kind, 'ended')
})

test('an account from before re-validation existed gets its full time from its first refresh', async () => {
  const stage = createTokenStage()
  const one = stage.start()
  const account = { sub: SUB, claims: { name: 'Ada' } }
  const begun = await one.revalidation.check(account, PLAIN)
  assert.equal(begun.kind === 'live' && begun.account.checkedAtMs, stage.nowMs)
  stage.nowMs += hours(12) - 1
  assert.equal((await one.revalidate()).kind, 'live')
  stage.nowMs += 1
  assert.equal((await one.revalidate()).kind, 'unverified')
})

test('nothing is asked, ended or bounded while re-validation is off, and no tokens are kept for it', async () => {
  const { stage, one } = await prepare({ isOn: false })
  stage.nowMs += hours(1000)
  assert.equal((await one.revalidate()).kind, 'live')
  assert.equal(await one.held(), undefined)
  assert.deepEqual([stage.asked, stage.ended], [[], []])
})

test('tokens of another purpose re-validate an account that has no others', async () => {
  const stage = createTokenStage()
  const one = stage.start()
  await one.signIn(CALENDAR)
  stage.nowMs += hours(1)
  assert.equal((await one.revalidate(PLAIN)).kind, 'live')
  assert.deepEqual(stage.asked, ['refresh-0'])
})

test('each resource server has tokens of its own sign-ins alone, and is disconnected without its scopes', async () => {
  const stage = createTokenStage()
  const one = stage.start()
  assert.deepEqual([one.scopesOf(PLAIN), one.scopesOf(CALENDAR)], [[], ['calendar']])
  await one.signIn(PLAIN, { accessToken: 'plain' })
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(
    [await one.isConnected(SUB, PLAIN), await one.isConnected(SUB, CALENDAR)],
    [true, false],
  )
  await one.signIn(CALENDAR, { accessToken: 'refused', scope: 'openid profile' })
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  await one.signIn(CALENDAR, { accessToken: 'granted', scope: 'openid Calendar' })
  assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'granted')
  assert.equal((await one.held())?.accessToken, 'plain')
})

test('a provider that sends a refresh token at the first sign-in only does not lose it at the second', async () => {
  for (const exchanges of [true, false]) {
    const { one } = await prepare({ exchanges })
    await one.signIn(PLAIN, { accessToken: 'second', refreshToken: undefined })
    const held = await one.held()
    assert.deepEqual([held?.accessToken, held?.refreshToken], ['second', 'refresh-0'])
  }
})

test('a sign-in during a re-validation wins, also where no MCP server exchanges tokens', async () => {
  for (const outcome of [{ accessToken: 'old' }, 'upstream_grant_ended'] as const) {
    const { stage, one } = await prepare({ exchanges: false })
    const other = stage.start()
    stage.nowMs += hours(1)
    stage.refresh = async () => {
      await other.signIn(PLAIN, { accessToken: 'of-sign-in', refreshToken: 'of-sign-in' })
      return outcome
    }
    assert.equal((await one.revalidate()).kind, 'live')
    assert.deepEqual(stage.ended, [])
    const held = await one.held()
    assert.deepEqual([held?.accessToken, held?.refreshToken], ['of-sign-in', 'of-sign-in'])
  }
})

test('an account whose access ends while the upstream is asked has none, whatever the upstream says', async () => {
  const { stage, one } = await prepare()
  stage.nowMs += hours(1)
  stage.afterKeep = async () => {
    await one.accountStore.change(
      SUB,
      (known) => known && { ...known, generation: (known.generation ?? 0) + 1 },
    )
  }
  assert.equal((await one.revalidate()).kind, 'ended')
  assert.deepEqual(stage.ended, [], 'what began since is not ended')
})
