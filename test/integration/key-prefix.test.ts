// STORE_KEY_PREFIX separates installations that share one Redis.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { RECORD_PREFIXES } from '../../src/records/record-kinds.ts'
import { prepareEveryRecordKind } from '../support/every-record-kind.ts'
import { buildAuthorization, logIn, refresh, register } from '../support/journey.ts'
import { startRedis } from '../support/redis.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'
import { listRedisKeys } from '../support/store-dump.ts'

test('every key of a journey begins with the configured prefix', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  const every = await prepareEveryRecordKind()
  t.after(every.close)
  const server = await startTestServer({
    env: { STORE_URL: redis.url, STORE_KEY_PREFIX: 'tenant.one' },
    file: every.file,
    backchannelLogout: every.backchannelLogout,
    overrides: { outbound: every.outbound },
  })
  t.after(server.close)

  const prefixes = new Set<string>()
  await every.walk(server.issuer, async () => {
    for (const key of await listRedisKeys(redis.url)) prefixes.add(key.replace(/:[^:]*$/, ''))
  })
  assert.deepEqual(
    [...prefixes].toSorted(),
    RECORD_PREFIXES.map((kind) => `tenant.one:${kind}`).toSorted(),
  )
})

test('two installations on one Redis cannot see clients or tokens of each other', async (t) => {
  const redis = await startRedis()
  t.after(redis.stop)
  // The secret is the same, since different secrets change keys and seals whatever the prefix is.
  const env = { STORE_URL: redis.url, SESSION_SECRET: randomBytes(48).toString('base64url') }
  const [first, second] = await Promise.all(
    ['one', 'two'].map((prefix) => startTestServer({ env: { ...env, STORE_KEY_PREFIX: prefix } })),
  )
  assert.ok(first && second)
  t.after(first.close)
  t.after(second.close)

  const { client, tokens } = await logIn(first.issuer)
  const page = await send(buildAuthorization(second.issuer, client).url)
  assert.equal(page.status, 400)
  const foreign = await refresh(second.issuer, client, tokens['refresh_token'])
  assert.deepEqual([foreign.status, foreign.body['error']], [401, 'invalid_client'])

  // The same registration gets the same client id in both, and still cannot use the tokens of the other.
  const metadata = { client_uri: 'https://client.example/shared' }
  const [here, there] = [
    await logIn(first.issuer, { metadata }),
    await register(second.issuer, metadata),
  ]
  assert.equal(there.client_id, here.client.client_id)
  const rejected = await refresh(second.issuer, there, here.tokens['refresh_token'])
  assert.deepEqual([rejected.status, rejected.body['error']], [400, 'invalid_grant'])
  const own = await refresh(first.issuer, here.client, here.tokens['refresh_token'])
  assert.equal(own.status, 200)
})
