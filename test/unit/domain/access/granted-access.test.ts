import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../../config/default.json' with { type: 'json' }
import { createGrantedAccess } from '../../../../src/domain/access/granted-access.ts'
import type { StoredAccount, StoredGrant } from '../../../../src/records/record-values.ts'

const NOW = 1_000_000
const ADA: StoredAccount = { sub: 'ada', claims: {}, generation: 2 }
const { lifetimes } = defaults
const { authorizationCodeSeconds, refreshMaxLifetimeSeconds } = lifetimes

interface Case {
  readonly name: string
  /** Undefined: it was revoked, or has expired. */
  readonly grant?: StoredGrant | undefined
  /** Undefined: its client has no refresh token. */
  readonly lastUsedAt?: number
  readonly hasFamily?: boolean
  readonly createdAt?: number
}

/** The names of the cases that are listed. */
async function listed(cases: readonly Case[], account = ADA): Promise<string[]> {
  const byName = new Map(cases.map((one) => [one.name, one]))
  const access = createGrantedAccess({
    config: { lifetimes },
    grantLists: {
      find: async () =>
        cases.map(({ name, createdAt = NOW - 1000 }) => ({
          grant: name,
          generation: 2,
          clientId: 'client',
          resource: 'https://mcp.example.com/mcp',
          scopes: [],
          createdAt,
        })),
    },
    grants: { findByReference: async (name) => byName.get(name)?.grant },
    families: {
      async findUse(name) {
        const { hasFamily = true, lastUsedAt } = byName.get(name) ?? {}
        return hasFamily ? { startedAt: NOW - 1000, lastUsedAt, expiresAt: NOW + 1000 } : undefined
      },
    },
    now: () => NOW * 1000,
  })
  const summaries = await access.list(account)
  for (const { grant, createdAt, endsAt, lastUsedAt } of summaries) {
    assert.equal(endsAt, createdAt + refreshMaxLifetimeSeconds)
    assert.equal(lastUsedAt, byName.get(grant)?.lastUsedAt)
  }
  return summaries.map(({ grant }) => grant)
}

const live = { generation: 2 }

test('live grants are listed, newest first, with their last use and their end', async () => {
  const cases = [
    { name: 'older', grant: live, lastUsedAt: NOW - 5 },
    { name: 'newer', grant: live },
  ]
  assert.deepEqual(await listed(cases), ['newer', 'older'])
})

test('a grant that was revoked, or that was ended with its account, is not listed', async () => {
  const cases = [
    { name: 'revoked' },
    { name: 'of an earlier generation', grant: { generation: 1 } },
    { name: 'from before generations', grant: {} },
    { name: 'live', grant: live },
  ]
  assert.deepEqual(await listed(cases), ['live'])
  assert.deepEqual(await listed(cases, { ...ADA, disabledAt: 1 }), [])
})

test('a grant without refresh tokens is listed for as long as its code may be redeemed', async () => {
  const made = (secondsAgo: number) => ({
    name: `${secondsAgo}`,
    grant: live,
    hasFamily: false,
    createdAt: NOW - secondsAgo,
  })
  const last = authorizationCodeSeconds
  assert.deepEqual(await listed([made(last + 1), made(last), made(0)]), ['0', `${last}`])
})
