import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogin } from '../../../src/domain/login.ts'
import { AppError } from '../../../src/errors.ts'
import { parseIdentity } from '../../../src/upstream/identity.ts'

const NOW = 1_800_000_000
const unused = () => assert.fail('not part of this half of a login')

/** Completes an attempt at NOW, with an upstream that authenticated the person at `authTime`. */
function complete(
  attempt: { maxAgeSeconds: number | undefined; begunAt: number | undefined },
  authTime: number | undefined,
) {
  const login = createLogin({
    relyingParty: {
      check: unused,
      begin: unused,
      refresh: unused,
      readUserinfo: unused,
      complete: async () => ({ ...parseIdentity({ sub: 'ada' }), authTime }),
    },
    attempts: { save: unused, take: unused },
    accounts: {
      subjectOf: async (sub) => sub,
      remember: async ({ sub, claims }) => ({ account: { sub, claims }, isKept: true }),
    },
    accessPolicy: { allowsNothing: () => false, decide: unused },
    upstreamTokens: { save: async () => {}, forget: unused },
    upstreamEvents: { note: async () => {} },
    spend: unused,
    onRefused: unused,
    now: () => NOW * 1000,
  })
  const secrets = { interactionUid: 'uid', nonce: 'nonce', codeVerifier: 'verifier' }
  const answer = { state: 'state', search: '?code=x' }
  return login.complete({ ...secrets, ...attempt }, answer, undefined)
}

const isRefusal = (error: unknown) => error instanceof AppError && error.code === 'login_not_fresh'

test('a required login is measured from the start of the attempt, with two minutes for the clocks', async () => {
  for (const [maxAgeSeconds, begunAt, earliest] of [
    [0, NOW - 300, NOW - 420],
    [600, NOW - 300, NOW - 1020],
    // An attempt of an earlier version, which did not record its start.
    [0, undefined, NOW - 120],
  ] as const) {
    const attempt = { maxAgeSeconds, begunAt }
    assert.equal((await complete(attempt, earliest)).authTime, earliest)
    await assert.rejects(complete(attempt, earliest - 1), isRefusal)
    await assert.rejects(complete(attempt, undefined), isRefusal)
  }
})

test('without a requirement, any auth_time is accepted, and none', async () => {
  const attempt = { maxAgeSeconds: undefined, begunAt: NOW }
  assert.equal((await complete(attempt, 1)).account.sub, 'ada')
  assert.equal((await complete(attempt, undefined)).authTime, undefined)
})

test('an auth_time that is more than two minutes ahead counts as absent', async () => {
  const [required, free] = [0, undefined].map((maxAgeSeconds) => ({ maxAgeSeconds, begunAt: NOW }))
  assert.ok(required && free)
  assert.equal((await complete(required, NOW + 120)).authTime, NOW + 120)
  for (const authTime of [NOW + 121, NOW * 1000]) {
    await assert.rejects(complete(required, authTime), isRefusal)
    assert.equal((await complete(free, authTime)).authTime, undefined)
  }
})
