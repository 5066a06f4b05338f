// Creates many clients with one grant each: registers them over HTTP, and writes their grants straight
// to the store as copies of the grant of a real sign-in.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSeal } from '../../src/crypto/seal.ts'
import { createGrantStore } from '../../src/records/grant-store.ts'
import { createKeyNames } from '../../src/records/key-names.ts'
import { createRecords } from '../../src/records/records.ts'
import { createRefreshFamilies } from '../../src/records/refresh-family.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Fleet } from '../support/fleet.ts'
import { ADA, type Client, type logIn, register } from '../support/journey.ts'
import { runWorkers } from './insistence.ts'

const MONTH_SECONDS = 30 * 24 * 60 * 60

export interface PlantedGrant {
  readonly client: Client
  readonly token: string
}

export async function plantGrants(options: {
  fleet: Fleet
  storeUrl: string
  seed: Awaited<ReturnType<typeof logIn>>
  count: number
}): Promise<PlantedGrant[]> {
  const { fleet, seed, count } = options
  const store = await openStore({ url: options.storeUrl })
  const sessionSecrets = [fleet.sessionSecret] as const
  const records = createRecords({
    store,
    seal: createSeal(sessionSecrets),
    keyNames: createKeyNames({ prefix: 'mcp-oidc', sessionSecrets }),
    upstreamIssuer: fleet.upstreamProxy.url,
    getHomeMark: async () => assert.fail('every record of the seed has a mark'),
  })
  const grants = createGrantStore({ records, maxLifetimeSeconds: MONTH_SECONDS })
  const families = createRefreshFamilies({
    records,
    now: Date.now,
    monotonicNow: () => performance.now(),
    reuseWindowSeconds: 120,
    lifetimeSeconds: MONTH_SECONDS,
    maxLifetimeSeconds: 6 * MONTH_SECONDS,
  })
  try {
    const payload = (await families.find(String(seed.tokens['refresh_token'])))?.payload
    const grant = await grants.find(String(payload?.['grantId']))
    const account = await records.find('Account', ADA)
    assert.ok(
      payload && grant && account,
      'the sign-in to copy left a refresh token, a grant and an account',
    )
    const planted: PlantedGrant[] = []
    await runWorkers(8, Array(count).keys(), async (n) => {
      const client = await register(fleet.issuer, { client_name: `Client number ${n}` })
      const accountId = `person-${n}`
      const clientId = client.client_id
      const grantId = randomBytes(16).toString('base64url')
      const token = families.issue(grantId)
      await Promise.all([
        records.save('Account', accountId, { ...account, sub: accountId }, MONTH_SECONDS),
        grants.save(grantId, { ...grant, jti: grantId, accountId, clientId }, MONTH_SECONDS),
        families.create(grantId, { ...payload, grantId, accountId, clientId }),
      ])
      planted.push({ client, token })
    })
    return planted
  } finally {
    await store.close()
  }
}
