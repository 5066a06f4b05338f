import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PARSERS, type Parse } from '../../../src/records/record-parsers.ts'
import type { RecordKind, RecordValues } from '../../../src/records/record-values.ts'

const MODEL = {
  exp: 1,
  consumed: 2,
  consumedBy: 'uid',
  grantId: 'grant',
  resumedAtMs: 3,
  upstream: 'u',
  kind: 'x',
}
const DOCUMENT = {
  value: { a: 1 },
  fetchedAtMs: 1,
  freshUntilMs: 2,
  missingSinceMs: 3,
  keptUntilMs: 4,
}

/** For each kind: a value with all members, and for some members a value that breaks it. */
const VALUES: { [K in RecordKind]: { value: RecordValues[K]; broken: Record<string, unknown> } } = {
  Account: {
    value: {
      sub: 'a',
      claims: { name: 'A' },
      verifiedEmail: 'a@b.c',
      emailDomain: 'b.c',
      accessClaims: { groups: ['g'] },
      unknownClaims: ['c'],
      isAddressUnknown: true,
      checkedAtMs: 1,
      generation: 1,
      sessionGeneration: 1,
      disabledAt: 1,
      hasUnlistedGrants: true,
      upstream: 'u',
    },
    broken: {
      sub: 1,
      claims: [],
      verifiedEmail: 1,
      emailDomain: 1,
      accessClaims: [],
      unknownClaims: [1],
      isAddressUnknown: 'true',
      checkedAtMs: '1',
      generation: '1',
      sessionGeneration: '1',
      disabledAt: '1',
      hasUnlistedGrants: 1,
      upstream: 1,
    },
  },
  AccountEmail: { value: { subs: ['a', 'b'], upstream: 'u' }, broken: { subs: [1], upstream: 1 } },
  Approval: {
    value: [{ redirectUri: 'https://a/', grant: 'g', expiresAt: 1, allowedAt: 2, scopes: ['s'] }],
    broken: { 0: { redirectUri: 1, grant: 'g', expiresAt: 1, allowedAt: 2, scopes: ['s'] } },
  },
  AuthorizationCode: { value: MODEL, broken: { exp: '1', consumed: '2', grantId: 3 } },
  Client: {
    value: { metadata: { a: 1 }, renewedAt: 1, tokenHash: 'h' },
    broken: { metadata: 1, renewedAt: '1' },
  },
  ClientDocument: { value: DOCUMENT, broken: { fetchedAtMs: '1', freshUntilMs: null } },
  ClientKeySet: { value: DOCUMENT, broken: { missingSinceMs: '1' } },
  Grant: {
    value: { ...MODEL, revoked: true, generation: 1 },
    broken: { revoked: 'true', generation: '1', grantId: 1, upstream: 1 },
  },
  GrantList: {
    value: {
      grants: [
        { grant: 'g', generation: 1, clientId: 'c', resource: 'r', scopes: ['s'], createdAt: 1 },
      ],
      upstream: 'u',
    },
    broken: { grants: [{ grant: 'g' }], upstream: 1 },
  },
  HomeUpstream: { value: { mark: 'm' }, broken: { mark: 1 } },
  Interaction: { value: MODEL, broken: { resumedAtMs: '1' } },
  LoginAttempt: {
    value: {
      interactionUid: 'u',
      connects: 'r',
      listedScopes: ['s'],
      nonce: 'n',
      codeVerifier: 'v',
      maxAgeSeconds: 0,
      begunAt: 1,
      upstream: 'u',
    },
    broken: {
      interactionUid: 1,
      connects: 1,
      listedScopes: 's',
      nonce: 1,
      codeVerifier: null,
      maxAgeSeconds: '0',
      begunAt: '1',
      upstream: 1,
    },
  },
  PushedAuthorizationRequest: { value: MODEL, broken: { consumedBy: 1 } },
  RefreshFamily: {
    value: {
      payload: { grantId: 'g' },
      macKey: 'k',
      chain: {
        current: 8,
        lastPresented: 7,
        firstPresented: [
          [0, 5],
          [7, 6, 2],
        ],
      },
      startedAt: 1,
      expiresAt: 2,
    },
    broken: {
      payload: [],
      macKey: 1,
      chain: { current: 1, lastPresented: 0, firstPresented: [[0]] },
      startedAt: '1',
      expiresAt: '2',
    },
  },
  RegistrationAccessToken: { value: MODEL, broken: { exp: true } },
  ReplayDetection: { value: {}, broken: {} },
  Session: { value: MODEL, broken: { exp: 'soon' } },
  UpstreamSession: { value: { sub: 'a', upstream: 'u' }, broken: { sub: 1, upstream: 1 } },
  UpstreamTokens: {
    value: {
      held: {
        '': {
          accessToken: 'a',
          refreshToken: 'r',
          expiresAtMs: 1,
          scope: 's',
          checkedAtMs: 1,
          isUnconfirmed: true,
          rotates: true,
          isInDoubt: true,
          hasEnded: true,
          retryAtMs: 1,
        },
      },
      lease: { holder: 'h', purpose: '', untilMs: 1 },
      upstream: 'u',
    },
    broken: {
      held: { '': { accessToken: 'a' } },
      lease: { holder: 'h', purpose: '', untilMs: '1' },
      upstream: 1,
    },
  },
}

for (const [kind, { value, broken }] of Object.entries(VALUES)) {
  // Cast: the value of each row has the type that its parser returns.
  const parse = PARSERS[kind as RecordKind] as Parse<unknown>

  test(`a ${kind} record is read back unchanged`, () => {
    assert.deepEqual(parse(JSON.parse(JSON.stringify(value))), value)
  })

  test(`a ${kind} record with a member of the wrong type is rejected, without the value`, () => {
    for (const [name, member] of Object.entries(broken)) {
      const changed = Array.isArray(value) ? [member] : { ...(value as object), [name]: member }
      assert.throws(() => parse(changed), TypeError, name)
    }
    assert.throws(() => parse(undefined), TypeError)
    assert.throws(
      () => parse(42),
      (error: Error) => !error.message.includes('42'),
    )
  })
}
