import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccounts } from '../../../../src/domain/account.ts'
import { markOfIssuer } from '../../../../src/oauth/issuer.ts'
import { createAccountStore } from '../../../../src/records/access/account-store.ts'
import { parseIdentity } from '../../../../src/upstream/identity.ts'
import { createMemoryRecords, TEST_UPSTREAM_ISSUER } from '../../../support/memory-records.ts'

const NOW = 1_800_000_000_000

function prepare() {
  const store = createAccountStore({ records: createMemoryRecords(), ttlSeconds: 60 })
  const accounts = createAccounts({
    accounts: store,
    homeUpstream: { getMark: async () => markOfIssuer(TEST_UPSTREAM_ISSUER) },
    config: { upstream: { subjectIssuer: TEST_UPSTREAM_ISSUER } },
    now: () => NOW,
  })
  return { store, accounts }
}

const ADA = { sub: 'ada', email: 'ada@example.com', email_verified: true }

test('a sign-in saves the verified address and the time, and keeps what is not the upstream’s to change', async () => {
  const { store, accounts } = prepare()
  const { account: first } = await accounts.remember(parseIdentity(ADA))
  assert.equal(first.checkedAtMs, NOW)
  assert.equal(first.verifiedEmail, 'ada@example.com')
  const ended = { generation: 2, sessionGeneration: 3, disabledAt: 4 }
  await store.change('ada', (known) => ({ ...first, ...known, ...ended }))
  const { account } = await accounts.remember(parseIdentity({ sub: 'ada' }))
  const { generation, sessionGeneration, disabledAt, verifiedEmail } = account
  assert.deepEqual({ generation, sessionGeneration, disabledAt }, ended)
  assert.equal(verifiedEmail, undefined, 'an address that is no longer vouched for')
})

test('50 changes of one account at once all count, sign-ins among them', async () => {
  const { store, accounts } = prepare()
  const disable = () =>
    store.change('ada', (known) => ({
      ...(known ?? { sub: 'ada', claims: {} }),
      generation: (known?.generation ?? 0) + 1,
    }))
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? disable() : accounts.remember(parseIdentity(ADA)),
    ),
  )
  const account = await store.find('ada')
  assert.equal(account?.generation, 25)
  assert.equal(account?.verifiedEmail, 'ada@example.com')
})
