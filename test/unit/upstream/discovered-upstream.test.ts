import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDiscoveredUpstream } from '../../../src/upstream/discovered-upstream.ts'
import { startFaultyUpstream } from '../../support/faulty-upstream.ts'

const HOUR_MS = 60 * 60 * 1000

test('a renewal that fails is reported, and the cached document stays in use', async (t) => {
  const provider = await startFaultyUpstream()
  t.after(() => provider.close())
  let nowMs = 0
  const failures: unknown[] = []
  const upstream = createDiscoveredUpstream({
    upstream: {
      issuer: provider.issuer,
      subjectIssuer: provider.issuer,
      clientId: 'client',
      clientSecret: undefined,
      authMethod: undefined,
      redirectUri: 'https://auth.example.com/callback',
      scope: 'openid',
      parameters: {},
      name: 'Upstream',
    },
    now: () => nowMs,
    onRenewalFailure: (error) => failures.push(error),
  })
  const cached = await upstream.get()
  assert.deepEqual(failures, [])

  provider.fault = { discovery: { status: 503, body: '' } }
  nowMs = 2 * HOUR_MS
  assert.equal(await upstream.get(), cached)
  assert.equal(failures.length, 1)
})
