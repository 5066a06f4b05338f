// When the consent page may be left out, and what a grant adds to what is remembered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/load.ts'
import { type ConsentRequest, createConsents, planStepUp } from '../../../src/domain/consent.ts'
import { createRedirectPolicy } from '../../../src/oauth/redirect-uri.ts'
import { createApprovalStore } from '../../../src/records/approval-store.ts'
import { referToGrant } from '../../../src/records/grant-store.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { createMemoryRecords } from '../../support/memory-records.ts'

const WEB = 'https://editor.example/callback'
const OTHER_WEB = 'https://editor.example/other'
const FORWARDING = 'https://forward.example/redirect'
const LOOPBACK = 'http://127.0.0.1:33418/callback'
const PRIVATE_USE = 'cursor://anysphere.cursor-mcp/oauth/callback'
const ADA = { sub: 'ada', claims: {} }
const CRM: Pick<ConsentRequest, 'account' | 'clientId' | 'resource'> = {
  account: ADA,
  clientId: 'editor',
  resource: 'https://crm.example/mcp',
}
const LIFETIME_SECONDS = 1000

type ConsentConfig = Config['consent']

function prepare(settings: Partial<ConsentConfig> = {}) {
  let nowMs = 1_700_000_000_500
  const now = () => nowMs
  const records = createMemoryRecords(createMemoryStore({ now }))
  const live = new Set<string>()
  const asked: string[] = []
  const config: ConsentConfig = {
    mode: 'remember',
    rememberLoopback: false,
    rememberPrivateUse: false,
    forwardingRedirectUris: [FORWARDING],
    ...settings,
  }
  // The cast: of all lifetimes, this is the one that a consent uses.
  const lifetimes = { refreshMaxLifetimeSeconds: LIFETIME_SECONDS } as Config['lifetimes']
  const consents = createConsents({
    config: { consent: config, lifetimes },
    approvals: createApprovalStore({ records, now }),
    grants: {
      async findByReference(reference) {
        asked.push(reference)
        return live.has(reference) ? {} : undefined
      },
    },
    redirectPolicy: createRedirectPolicy({
      issuer: 'https://auth.example.com',
      privateUseRedirectUris: [PRIVATE_USE],
    }),
    now,
  })
  return {
    config,
    /** The grants that were looked up, by reference. */
    asked,
    passSeconds: (seconds: number) => {
      nowMs += seconds * 1000
    },
    revoke: (id: string) => live.delete(referToGrant(id)),
    /** Records a live grant for `scopes`. */
    async allow(
      id: string,
      scopes: readonly string[],
      {
        redirectUri = WEB,
        isAsked = true,
        ...of
      }: Partial<ConsentRequest> & { isAsked?: boolean } = {},
    ): Promise<void> {
      live.add(referToGrant(id))
      await consents.record({ ...CRM, redirectUri, ...of }, { id, scopes, isAsked })
    },
    isRemembered: (request: Partial<ConsentRequest> = {}) =>
      consents.isRemembered({
        ...CRM,
        redirectUri: WEB,
        scopes: ['read'],
        isStartedByPerson: true,
        asksForPerson: false,
        ...request,
      }),
    findAllowed: async (of: Partial<typeof CRM> = {}) => [
      ...(await consents.findAllowed({ ...CRM, ...of })).keys(),
    ],
    findTimes: async () => Object.fromEntries(await consents.findAllowed(CRM)),
    nowSeconds: () => Math.floor(nowMs / 1000),
  }
}

test('a request for what was allowed at its redirect URI needs no page', async () => {
  const { allow, isRemembered } = prepare()
  assert.equal(await isRemembered(), false)
  await allow('first', ['read', 'write'])
  assert.equal(await isRemembered(), true)
  assert.equal(await isRemembered({ scopes: ['write', 'read'] }), true)
})

test('a request for anything more, or for nothing, needs a page', async () => {
  const { allow, isRemembered } = prepare()
  await allow('first', ['read'])
  assert.equal(await isRemembered({ scopes: ['read', 'write'] }), false)
  assert.equal(await isRemembered({ scopes: ['write', 'read'] }), false)
  assert.equal(await isRemembered({ scopes: [] }), false)
})

test('an approval counts for one account, client, resource and redirect URI', async () => {
  const { allow, isRemembered } = prepare()
  await allow('first', ['read'])
  for (const other of [
    { account: { ...ADA, sub: 'grace' } },
    // Everything that ada had has been ended since.
    { account: { ...ADA, generation: 1 } },
    { account: { ...ADA, disabledAt: 1 } },
    { clientId: 'other' },
    { resource: 'https://wiki.example/mcp' },
    { redirectUri: OTHER_WEB },
  ]) {
    assert.equal(await isRemembered(other), false, JSON.stringify(other))
  }
})

test('a client that asks for the person gets the page', async () => {
  const { allow, isRemembered } = prepare()
  await allow('first', ['read'])
  assert.equal(await isRemembered({ asksForPerson: true }), false)
})

test('a request that another site may have sent needs a page', async () => {
  const { allow, isRemembered } = prepare()
  await allow('first', ['read'])
  assert.equal(await isRemembered({ isStartedByPerson: false }), false)
})

test('each kind of redirect URI is remembered where its setting says so', async () => {
  const both = { rememberLoopback: true, rememberPrivateUse: true }
  const neither = { rememberLoopback: false, rememberPrivateUse: false }
  const loopbackOnly = { ...neither, rememberLoopback: true }
  const privateUseOnly = { ...neither, rememberPrivateUse: true }
  const table = [
    { redirectUri: WEB, by: [both, neither, loopbackOnly, privateUseOnly] },
    { redirectUri: FORWARDING, by: [both, loopbackOnly] },
    { redirectUri: LOOPBACK, by: [both, loopbackOnly] },
    { redirectUri: PRIVATE_USE, by: [both, privateUseOnly] },
    // No client may use it (any more).
    { redirectUri: 'http://editor.example/callback', by: [] },
  ]
  for (const { redirectUri, by } of table) {
    for (const settings of [both, neither, loopbackOnly, privateUseOnly]) {
      const { allow, findAllowed, isRemembered } = prepare(settings)
      await allow('first', ['read'], { redirectUri })
      const name = `${redirectUri} ${JSON.stringify(settings)}`
      assert.equal(await isRemembered({ redirectUri }), by.includes(settings), name)
      assert.deepEqual(await findAllowed(), ['read'], name)
    }
  }
})

test('nothing is remembered when every request is to show the page', async () => {
  const { allow, findAllowed, isRemembered } = prepare({ mode: 'always' })
  await allow('first', ['read'])
  assert.equal(await isRemembered(), false)
  assert.deepEqual(await findAllowed(), ['read'])
})

test('an approval for a redirect URI that is not remembered does not count once it would be', async () => {
  const { config, allow, isRemembered } = prepare({ rememberLoopback: false })
  await allow('first', ['read'], { redirectUri: LOOPBACK })
  config.rememberLoopback = true
  assert.equal(await isRemembered({ redirectUri: LOOPBACK }), false)
  await allow('second', ['read'], { redirectUri: LOOPBACK })
  assert.equal(await isRemembered({ redirectUri: LOOPBACK }), true)
})

test('the page lists what was allowed at any redirect URI, and at this client and resource only', async () => {
  const { allow, findAllowed } = prepare()
  await allow('first', ['read'])
  await allow('second', ['write'], { redirectUri: OTHER_WEB })
  assert.deepEqual((await findAllowed()).toSorted(), ['read', 'write'])
  assert.deepEqual(await findAllowed({ clientId: 'other' }), [])
})

test('a page can say when each scope was allowed: when the person pressed Allow, not when a grant was made without them', async () => {
  const { allow, findTimes, nowSeconds, passSeconds } = prepare()
  const first = nowSeconds()
  await allow('first', ['read', 'write'])
  passSeconds(100)
  await allow('silent', ['read'], { isAsked: false })
  assert.deepEqual(await findTimes(), { write: first, read: first })
  await allow('second', ['read'])
  assert.deepEqual(await findTimes(), { write: first, read: first + 100 })
})

test('an approval ends with the grant that came of it', async () => {
  const { allow, revoke, findAllowed, isRemembered } = prepare()
  await allow('first', ['read'])
  await allow('second', ['write'])
  revoke('second')
  assert.deepEqual(await findAllowed(), ['read'])
  assert.equal(await isRemembered({ scopes: ['read'] }), true)
  assert.equal(await isRemembered({ scopes: ['write'] }), false)
  revoke('first')
  assert.deepEqual(await findAllowed(), [])
  assert.equal(await isRemembered({ scopes: ['read'] }), false)
})

test('a grant is looked up once, however many scopes it holds', async () => {
  const { allow, asked, findAllowed } = prepare()
  await allow('first', ['read', 'write'])
  await findAllowed()
  assert.deepEqual(asked, [referToGrant('first')])
})

test('an approval counts for the lifetime of a grant', async () => {
  const { allow, isRemembered, passSeconds } = prepare()
  await allow('first', ['read'])
  passSeconds(LIFETIME_SECONDS - 1)
  assert.equal(await isRemembered(), true)
  passSeconds(1)
  assert.equal(await isRemembered(), false)
})

test('a grant without a page does not make an approval longer, one with a page does', async () => {
  const { allow, isRemembered, passSeconds } = prepare()
  await allow('first', ['read'])
  passSeconds(LIFETIME_SECONDS - 1)
  await allow('silent', ['read'], { isAsked: false })
  assert.equal(await isRemembered(), true)
  passSeconds(1)
  assert.equal(await isRemembered(), false)

  await allow('second', ['read'])
  passSeconds(LIFETIME_SECONDS - 1)
  await allow('third', ['read'])
  passSeconds(1)
  assert.equal(await isRemembered(), true)
})

const set = (...names: string[]) => new Set(names)

test('a step-up holds what is asked and what was allowed', () => {
  const plan = planStepUp(['write'], set('openid', 'read'), ['read', 'write'])
  assert.deepEqual(plan, {
    scopes: ['write', 'openid', 'read'],
    allowed: set('openid', 'read'),
    kept: ['openid', 'read'],
    isRepeat: false,
  })
})

test('a step-up that repeats some of what was allowed keeps the rest', () => {
  const plan = planStepUp(['read', 'write'], set('openid', 'read'), ['read', 'write'])
  assert.deepEqual(plan, {
    scopes: ['read', 'write', 'openid'],
    allowed: set('openid', 'read'),
    kept: ['openid'],
    isRepeat: false,
  })
})

test('a step-up keeps no scope that the configuration does not have any more', () => {
  const plan = planStepUp(['write'], set('read', 'gone'), ['read', 'write'])
  const expected = { scopes: ['write', 'read'], allowed: set('read'), kept: ['read'] }
  assert.deepEqual(plan, { ...expected, isRepeat: false })
})

test('a request for nothing new, and the first request, are left as they are', () => {
  const same = planStepUp(['read'], set('openid', 'read'), ['read', 'write'])
  assert.deepEqual(same, { scopes: ['read'], allowed: set(), kept: [], isRepeat: true })
  const first = planStepUp(['read'], set(), ['read', 'write'])
  assert.deepEqual(first, { scopes: ['read'], allowed: set(), kept: [], isRepeat: false })
  const none = planStepUp([], set('read'), ['read'])
  assert.equal(none.isRepeat, false)
})
