// RFC 9449 §11.1 across replicas: they share used proofs and accept each other's nonces.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createDpopKey, type DpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof, refreshForm } from '../support/dpop-journey.ts'
import { type Fleet, startFleet, startFleetLoadBalancer } from '../support/fleet.ts'
import { type Client, postToken, register } from '../support/journey.ts'

let directory: string
let fleet: Fleet
let key: DpopKey
let client: Client
let token: unknown
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dpop-'))
  const { openLoadBalancer } = await startFleetLoadBalancer()
  const storeUrl = `sqlite:${join(directory, 'store.db')}`
  fleet = await startFleet({ storeUrl, replicas: 2, openLoadBalancer })
  key = await createDpopKey()
  client = await register(fleet.issuer)
  const { body } = await postWithProof(
    fleet.issuer,
    key,
    await obtainCodeForm(fleet.issuer, client),
  )
  token = body['refresh_token']
})
after(async () => {
  await fleet.close()
  await rm(directory, { recursive: true, force: true })
})

const urlOf = (n: number) => fleet.replicas[n]?.url ?? ''

test('a proof that one replica has accepted is rejected by the other', async () => {
  const dpop = await key.prove('POST', `${fleet.issuer}/token`)
  const present = (n: number) => postToken(urlOf(n), refreshForm(client, token), { dpop })
  const first = await present(0)
  assert.equal(first.status, 200, JSON.stringify(first.body))
  token = first.body['refresh_token']
  for (const n of [1, 0]) {
    const again = await present(n)
    // Not invalid_grant, on which clients discard their tokens: these are still valid.
    assert.deepEqual([again.status, again.body['error']], [400, 'invalid_dpop_proof'])
  }
})

test('a proof that is sent to both replicas concurrently is accepted once', async () => {
  const dpop = await key.prove('POST', `${fleet.issuer}/token`)
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      postToken(urlOf(n % 2), refreshForm(client, token), { dpop }),
    ),
  )
  const accepted = answers.filter(({ status }) => status === 200)
  assert.equal(accepted.length, 1)
  token = accepted[0]?.body['refresh_token']
})

test('a nonce of one replica is accepted by the other, even while SESSION_SECRET is rotated', async () => {
  const old = fleet.sessionSecret
  const fresh = randomBytes(48).toString('base64url')
  const steps = [
    { replica: 0, secrets: old },
    { replica: 0, secrets: `${old},${fresh}` },
    { replica: 1, secrets: `${old},${fresh}` },
    { replica: 0, secrets: `${fresh},${old}` },
  ]
  for (const { replica, secrets } of steps) {
    await fleet.restart(replica, { SESSION_SECRET: secrets })
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const first = await postWithProof(fleet.issuer, key, refreshForm(client, token), {
        url: urlOf(from),
      })
      const nonce = first.headers.get('dpop-nonce') ?? ''
      const next = refreshForm(client, first.body['refresh_token'])
      const second = await postWithProof(fleet.issuer, key, next, { url: urlOf(to), nonce })
      assert.equal(second.status, 200, JSON.stringify(second.body))
      token = second.body['refresh_token']
    }
  }
})
