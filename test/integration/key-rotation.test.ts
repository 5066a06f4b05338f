// The runbook for JWKS: at each step, every replica publishes the key that any other replica signs with.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'
import { logIn } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

interface Replica {
  /** The keys of an access token and of an ID token that it issued. */
  readonly signs: readonly (string | undefined)[]
  readonly publishes: ReadonlySet<string>
}

async function observe(keys: readonly object[]): Promise<Replica> {
  const server = await startTestServer({ env: { JWKS: JSON.stringify({ keys }) } })
  try {
    const { tokens } = await logIn(server.issuer, { parameters: { scope: 'openid mcp:tools' } })
    const published = jsonOf(await send(`${server.issuer}/jwks`))['keys'] as { kid: string }[]
    const kidOf = (token: unknown) => decodeProtectedHeader(String(token)).kid
    return {
      signs: [kidOf(tokens['access_token']), kidOf(tokens['id_token'])],
      publishes: new Set(published.map(({ kid }) => kid)),
    }
  } finally {
    await server.close()
  }
}

const isVerifiable = (signer: Replica, publisher: Replica) =>
  signer.signs.every((kid) => kid !== undefined && publisher.publishes.has(kid))

const [{ keys: old }, { keys: fresh }] = await Promise.all([
  generateSigningKeys(),
  generateSigningKeys(),
])

test('in the order of the runbook, each replica publishes the keys of all others at each step', async () => {
  const steps = []
  for (const keys of [old, [...old, ...fresh], [...fresh, ...old], fresh]) {
    steps.push(await observe(keys))
  }
  const [first, appended, promoted, last] = steps
  assert.ok(first && appended && promoted && last)
  // Replicas restart one by one, so those of two successive steps run side by side.
  for (const [one, next] of [
    [first, appended],
    [appended, promoted],
  ] as const) {
    assert.ok(isVerifiable(one, next) && isVerifiable(next, one))
  }
  // The old key is removed after its last token has expired.
  assert.ok(isVerifiable(promoted, last) && isVerifiable(last, promoted))
  assert.deepEqual(appended.signs, first.signs)
  assert.deepEqual(promoted.signs, last.signs)
  assert.notDeepEqual(promoted.signs, appended.signs)
  // The other way, replicas that were not restarted yet do not know the key that signs.
  assert.ok(!isVerifiable(promoted, first))
})
