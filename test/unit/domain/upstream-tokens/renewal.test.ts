// One request to the upstream for all processes, whatever happens to the process that makes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../../../src/errors.ts'
import {
  CALENDAR,
  createTokenStage,
  hours,
  minutes,
  SUB,
} from '../../../support/token-processes.ts'

const never = () => new Promise<never>(() => {})
const isUnavailable = (error: unknown) =>
  error instanceof AppError && error.code === 'upstream_unavailable'

/** Two processes, and a person whose access token has expired. */
async function prepare(settings?: Parameters<typeof createTokenStage>[0]) {
  const stage = createTokenStage(settings)
  const [one, other] = [stage.start(), stage.start()]
  await one.signIn(CALENDAR)
  stage.nowMs += hours(2)
  return { stage, one, other }
}

test('A36: 50 exchanges and 50 re-validations over two processes ask the upstream once', async () => {
  const { stage, one, other } = await prepare()
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      const [first, second] = index % 2 ? [one, other] : [other, one]
      return Promise.all([first.issue(SUB, CALENDAR), second.revalidate(CALENDAR)])
    }),
  )
  assert.deepEqual(stage.asked, ['refresh-0'])
  for (const [issued, revalidated] of answers) {
    assert.equal(issued?.accessToken, 'access-1')
    assert.equal(revalidated.kind, 'live')
  }
  assert.equal((await one.held(CALENDAR))?.refreshToken, 'refresh-1')
})

test('if the process that asks is killed, the others wait for its lease to end, and one of them asks', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = never
  one.issue(SUB, CALENDAR).catch(() => {})
  while (stage.asked.length === 0) await delay(5)
  // It writes nothing any more.
  Object.assign(stage, { refresh: async () => ({ accessToken: 'second', refreshToken: 'r' }) })
  one.upstreamTokens.change = never
  const startedAtMs = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => other.issue(SUB, CALENDAR)))
  assert.ok(performance.now() - startedAtMs < 2500)
  assert.deepEqual(new Set(answers.map((issued) => issued?.accessToken)), new Set(['second']))
  assert.equal(stage.asked.length, 2)
})

test('an answer that comes after the deadline is stored, and nobody asks with the old token meanwhile', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = async () => {
    await delay(700)
    return { accessToken: 'late', refreshToken: 'refresh-late' }
  }
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  await delay(350)
  assert.equal((await other.issue(SUB, CALENDAR))?.accessToken, 'late')
  assert.equal((await other.held(CALENDAR))?.refreshToken, 'refresh-late')
  assert.deepEqual(stage.asked, ['refresh-0'])
})

test('A36: rotated tokens are stored even if the store is away when they arrive', async () => {
  let isAway = false
  const away = async () => {
    throw new AppError('store_unavailable')
  }
  const { stage, one, other } = await prepare({
    wrapStore: (store) => ({
      ...store,
      swap: (...parameters) => (isAway ? away() : store.swap(...parameters)),
    }),
  })
  stage.refresh = async () => {
    isAway = true
    setTimeout(() => {
      isAway = false
    }, 60)
    return { accessToken: 'rotated', refreshToken: 'refresh-rotated' }
  }
  assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'rotated')
  assert.equal((await other.held(CALENDAR))?.refreshToken, 'refresh-rotated')
})

test('an upstream that sends no new refresh token keeps the old one', async () => {
  const { stage, one } = await prepare()
  stage.refresh = async () => ({ accessToken: 'next' })
  assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'next')
  const held = await one.held(CALENDAR)
  assert.deepEqual([held?.refreshToken, held?.rotates], ['refresh-0', false])
})

test('trouble of the upstream changes nothing, and it is left alone for a while', async () => {
  for (const code of ['upstream_unavailable', 'upstream_failed'] as const) {
    const { stage, one, other } = await prepare()
    stage.refresh = async () => code
    await assert.rejects(one.issue(SUB, CALENDAR), (error: AppError) => error.code === code)
    await assert.rejects(other.issue(SUB, CALENDAR), isUnavailable)
    assert.equal(stage.asked.length, 1, code)
    assert.equal((await one.held(CALENDAR))?.refreshToken, 'refresh-0')
    stage.nowMs += minutes(1)
    stage.refresh = async () => ({ accessToken: 'again' })
    assert.equal((await other.issue(SUB, CALENDAR))?.accessToken, 'again')
    assert.deepEqual(stage.ended, [])
  }
})

test('invalid_grant ends the grants of the account', async () => {
  const { stage, one } = await prepare()
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [SUB])
  assert.equal(await one.held(CALENDAR), undefined)
})

test('where accounts are not re-validated, invalid_grant only disconnects the resource server', async () => {
  const { stage, one } = await prepare({ isOn: false })
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [])
  assert.equal(await one.isConnected(SUB, CALENDAR), false)
})

test('an account that the upstream answers for, and that may not sign in here, ends too, even in doubt', async () => {
  const { stage, one } = await prepare()
  stage.refresh = async () => 'upstream_unavailable'
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  stage.nowMs += minutes(1)
  stage.refresh = async () => 'upstream_account_refused'
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [SUB])
})

test('invalid_grant after an answer that was lost means a new sign-in, not the end of the grants', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = async () => 'upstream_unavailable'
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  stage.nowMs += minutes(1)
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal(await other.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [])
  assert.equal(await other.held(CALENDAR), undefined)
  assert.match(stage.warnings.join(), /was lost/)
})

test('the same after a holder that was killed', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = never
  one.issue(SUB, CALENDAR).catch(() => {})
  while (stage.asked.length === 0) await delay(5)
  one.upstreamTokens.change = never
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal(await other.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [])
})

test('at an upstream that is known not to rotate, no answer can be lost: invalid_grant is final', async () => {
  const { stage, one } = await prepare()
  stage.refresh = async () => ({ accessToken: 'next', expiresAtMs: stage.nowMs + 1000 })
  await one.issue(SUB, CALENDAR)
  stage.nowMs += hours(1)
  stage.refresh = async () => 'upstream_unavailable'
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  stage.nowMs += hours(1)
  stage.refresh = async () => 'upstream_grant_ended'
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.deepEqual(stage.ended, [SUB])
})

test('a sign-in during a refresh wins, and its tokens survive the outcome of the refresh', async () => {
  for (const outcome of [
    { accessToken: 'old' },
    'upstream_grant_ended',
    'upstream_failed',
  ] as const) {
    const { stage, one, other } = await prepare()
    stage.refresh = async () => {
      await other.signIn(CALENDAR, { accessToken: 'of-sign-in', refreshToken: 'of-sign-in' })
      return outcome
    }
    await one.issue(SUB, CALENDAR).catch(() => {})
    assert.deepEqual(stage.ended, [])
    const held = await one.held(CALENDAR)
    assert.deepEqual([held?.accessToken, held?.refreshToken], ['of-sign-in', 'of-sign-in'])
    assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'of-sign-in')
  }
})

test('access that ended during a refresh leaves no tokens behind', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = async () => {
    await other.upstreamTokens.remove(SUB)
    return { accessToken: 'new', refreshToken: 'new' }
  }
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.equal(await one.held(CALENDAR), undefined)
})

test('tokens of another person are thrown away, and their claims too', async () => {
  const { stage, one } = await prepare()
  stage.person = { sub: 'eve', name: 'Eve' }
  assert.equal(await one.issue(SUB, CALENDAR), undefined)
  assert.equal(await one.held(CALENDAR), undefined)
  assert.equal((await one.accounts.find(SUB))?.claims['name'], 'Ada')
})

test('an access token is handed out only once the upstream has said whose it is', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = async () => ({ accessToken: 'fresh', refreshToken: 'fresh' })
  // A process was killed after it stored the tokens, and before it saved the account.
  await one.upstreamTokens.change(SUB, (known) => {
    const tokens = known?.held[CALENDAR]
    if (!known || !tokens) return undefined
    const next = { ...tokens, isUnconfirmed: true, expiresAtMs: stage.nowMs + hours(1) }
    return { ...known, held: { ...known.held, [CALENDAR]: next } }
  })
  assert.equal((await other.issue(SUB, CALENDAR))?.accessToken, 'fresh')
  assert.equal(stage.asked.length, 1)
})

test('tokens that live for less than the usual margin are not refreshed for each exchange', async () => {
  const { stage, one } = await prepare()
  stage.refresh = async () => ({ accessToken: 'short', expiresAtMs: stage.nowMs + 10_000 })
  for (let turn = 0; turn < 3; turn += 1) {
    assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'short')
  }
  assert.equal(stage.asked.length, 1)
})

test('a clock that is set back stops neither the lease nor the next attempt', async () => {
  const { stage, one, other } = await prepare()
  stage.refresh = async () => 'upstream_unavailable'
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  stage.nowMs -= minutes(30)
  stage.refresh = async () => ({ accessToken: 'again' })
  assert.equal((await other.issue(SUB, CALENDAR))?.accessToken, 'again')
})

test('another process does not hand out new tokens before the upstream has said whose they are', async () => {
  const { stage, one, other } = await prepare()
  let isConfirmed = false
  let early: boolean | undefined
  let waiting: Promise<void> | undefined
  stage.afterKeep = async () => {
    waiting = other.issue(SUB, CALENDAR).then(() => {
      early = !isConfirmed
    })
    await delay(100)
    isConfirmed = true
  }
  assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'access-1')
  await waiting
  assert.equal(early, false)
  assert.equal(stage.asked.length, 1)
})

test('a late answer does not release the lease of the process that asks by then', async () => {
  const { stage, one, other } = await prepare()
  let answerLate = (): void => {}
  stage.refresh = async () => {
    await new Promise<void>((resolve) => {
      answerLate = resolve
    })
    return { accessToken: 'late', refreshToken: 'late', expiresAtMs: stage.nowMs - 1 }
  }
  await assert.rejects(one.issue(SUB, CALENDAR), isUnavailable)
  stage.nowMs += minutes(1)
  const answerFirst = answerLate
  const second = other.issue(SUB, CALENDAR).catch(() => {})
  while (stage.asked.length === 1) await delay(5)
  answerFirst()
  while ((await one.held(CALENDAR))?.accessToken !== 'late') await delay(5)
  await delay(30)
  assert.ok((await one.upstreamTokens.open(SUB))?.value.lease)
  answerLate()
  await second
})

test('a sign-in without a refresh token does not revive one that the upstream has ended', async () => {
  const { stage, one } = await prepare()
  await one.upstreamTokens.change(SUB, (known) => {
    const tokens = known?.held[CALENDAR]
    return known && tokens && { held: { [CALENDAR]: { ...tokens, hasEnded: true } } }
  })
  await one.signIn(CALENDAR, { accessToken: 'new', refreshToken: undefined })
  assert.deepEqual((await one.held(CALENDAR))?.refreshToken, undefined)
  assert.equal((await one.issue(SUB, CALENDAR))?.accessToken, 'new')
  assert.deepEqual(stage.asked, [])
})
