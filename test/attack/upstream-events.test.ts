// Strangers at the endpoints that belong to the upstream: they end nobody's access, and leave nothing behind. The forgeries
// are in test/integration/access; what a flood costs is here.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { ADA, logIn, refresh } from '../support/journey.ts'
import { AMPLE_LIMITS } from '../support/limits.ts'
import { createRecordingStore, type RecordingStore } from '../support/recording-store.ts'
import { send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { sendLogout, sendRevocation, signLogout, signRevocation } from '../support/statements.ts'

let server: TestServer
let store: RecordingStore
before(async () => {
  store = createRecordingStore({ now: Date.now })
  const limits = { ...AMPLE_LIMITS, upstreamEvent: { perAddress: 150, seconds: 60 } }
  server = await startTestServer({ overrides: { store }, file: { limits } })
})
after(() => server.close())

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const key = privateKey.export({ format: 'jwk' })
const subject = () => ({ sub_id: { format: 'iss_sub', iss: server.upstreamIssuer, sub: ADA } })

test('100 forged requests end nothing and store nothing; a genuine one then works', async () => {
  const { client, tokens } = await logIn(server.issuer)
  const { length } = store.writes
  const forged = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const header = n % 2 === 0 ? {} : { kid: `made up ${n}` }
      const revocation = await signRevocation(server, { key, header })
      const logout = await signLogout(server, { key, header, claims: { sub: ADA } })
      return [
        (await sendRevocation(server, revocation, subject())).status,
        (await sendLogout(server, logout)).status,
      ]
    }),
  )
  assert.deepEqual(new Set(forged.flat()), new Set([401, 400]))
  assert.equal(store.writes.length, length)
  const alive = await refresh(server.issuer, client, tokens['refresh_token'])
  assert.equal(alive.status, 200)

  assert.equal((await sendRevocation(server, await signRevocation(server), subject())).status, 204)
  assert.equal((await refresh(server.issuer, client, alive.body['refresh_token'])).status, 400)
})

test('one address is refused beyond its limit, before its JWT is looked at', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 100; n += 1) {
    const url = `${server.issuer}/backchannel-logout`
    statuses.push((await send(url, { body: new URLSearchParams({ logout_token: 'x' }) })).status)
  }
  assert.equal(statuses[0], 400)
  assert.equal(statuses.at(-1), 429)
  const genuine = await sendRevocation(server, await signRevocation(server), subject())
  assert.equal(genuine.status, 429)
  assert.match(genuine.headers.get('retry-after') ?? '', /^\d+$/)
})
