// A pushed request is used once; a sign-in that stopped on the way may use its own again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createSeal } from '../../../../src/crypto/seal.ts'
import { createPushedRequestAdapter } from '../../../../src/provider/adapters/pushed-request-adapter.ts'
import { createClaims } from '../../../../src/provider/adapters/reservations.ts'
import { createKeyNames } from '../../../../src/records/key-names.ts'
import { createRecords } from '../../../../src/records/records.ts'
import { createMemoryStore } from '../../../../src/store/memory-store.ts'

const ID = 'a-request'
const sessionSecrets = ['a secret of thirty-two bytes and more'] as const
const records = () =>
  createRecords({
    store: createMemoryStore({ now: Date.now }),
    seal: createSeal(sessionSecrets),
    keyNames: createKeyNames({ prefix: 'test', sessionSecrets }),
  })

/** A process of its own, in the middle of a request that resumes this interaction, or none. */
function openProcess(shared: ReturnType<typeof records>, uid?: string) {
  const entities = uid === undefined ? {} : { Interaction: { uid } }
  const oidc = { route: uid === undefined ? 'authorization' : 'resume', entities }
  const ctx = { oidc, res: { headersSent: false }, status: 404 } as unknown as KoaContextWithOIDC
  const currentContext = () => ctx
  return createPushedRequestAdapter({
    ...{ records: shared, currentContext, now: Date.now, interactionSeconds: 3600 },
    claims: createClaims({ currentContext, now: Date.now }),
    revokeGrant: () => assert.fail('no grant is part of it'),
  })
}

const save = (shared: ReturnType<typeof records>) =>
  openProcess(shared).upsert(ID, { jti: ID, exp: Math.floor(Date.now() / 1000) + 60 }, 60)

test('the same interaction, resumed by another process, may use its request again', async () => {
  const shared = records()
  await save(shared)
  await openProcess(shared, 'mine').consume(ID)
  const again = openProcess(shared, 'mine')
  assert.equal((await again.find(ID))?.consumed, undefined)
  await again.consume(ID)
})

test('another interaction, or a request without one, may not', async () => {
  for (const [first, second] of [
    ['mine', 'theirs'],
    ['mine', undefined],
    [undefined, 'theirs'],
    [undefined, undefined],
  ]) {
    const shared = records()
    await save(shared)
    await openProcess(shared, first).consume(ID)
    const other = openProcess(shared, second)
    assert.ok((await other.find(ID))?.consumed, `${first}, ${second}`)
    await assert.rejects(async () => other.consume(ID), { message: 'invalid_request_uri' })
  }
})
