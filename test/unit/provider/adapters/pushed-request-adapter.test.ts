import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createPushedRequestAdapter } from '../../../../src/provider/adapters/pushed-request-adapter.ts'
import { createReservations } from '../../../../src/provider/adapters/reservations.ts'
import type { Records } from '../../../../src/records/records.ts'
import { createMemoryRecords } from '../../../support/memory-records.ts'

const ID = 'a-request'

/** Another process, in the middle of a request that resumes this interaction, or none. */
function openProcess(shared: Records, uid?: string) {
  const entities = uid === undefined ? {} : { Interaction: { uid } }
  const oidc = { route: uid === undefined ? 'authorization' : 'resume', entities }
  const ctx = { oidc, res: { headersSent: false }, status: 404 } as unknown as KoaContextWithOIDC
  const currentContext = () => ctx
  return createPushedRequestAdapter({
    ...{ records: shared, currentContext, now: Date.now, interactionSeconds: 3600 },
    reservations: createReservations({
      currentContext,
      now: Date.now,
      monotonicNow: Date.now,
      logger: { error: () => assert.fail('nothing fails') },
    }),
    revokeGrant: () => assert.fail('there is no grant'),
    spend: async () => {},
  })
}

const save = (shared: Records) =>
  openProcess(shared).upsert(ID, { jti: ID, exp: Math.floor(Date.now() / 1000) + 60 }, 60)

test('an interaction that another process resumes again can use its pushed request again', async () => {
  const shared = createMemoryRecords()
  await save(shared)
  await openProcess(shared, 'mine').consume(ID)
  const again = openProcess(shared, 'mine')
  assert.equal((await again.find(ID))?.consumed, undefined)
  await again.consume(ID)
})

test('another interaction, or a request without one, cannot use a spent pushed request', async () => {
  for (const [first, second] of [
    ['mine', 'theirs'],
    ['mine', undefined],
    [undefined, 'theirs'],
    [undefined, undefined],
  ]) {
    const shared = createMemoryRecords()
    await save(shared)
    await openProcess(shared, first).consume(ID)
    const other = openProcess(shared, second)
    assert.ok((await other.find(ID))?.consumed, `${first}, ${second}`)
    await assert.rejects(async () => other.consume(ID), { message: 'invalid_request_uri' })
  }
})
