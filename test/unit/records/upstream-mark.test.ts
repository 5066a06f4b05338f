import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KINDS } from '../../../src/records/record-kinds.ts'
import { createMemoryStore } from '../../../src/store/memory-store.ts'
import { createMemoryRecords, TEST_KEY_NAMES, TEST_SEAL } from '../../support/memory-records.ts'

const ACCOUNT = { sub: 'a-subject', claims: { name: 'Ada' } }

function prepare() {
  const store = createMemoryStore({ now: Date.now })
  const recordsOf = (issuer: string) => createMemoryRecords(store, issuer, 'https://old.example')
  return { store, old: recordsOf('https://old.example'), next: recordsOf('https://new.example') }
}

test('a record of another upstream is absent, and is there again with its own', async () => {
  const { old, next } = prepare()
  await old.save('Account', ACCOUNT.sub, ACCOUNT, 60)
  assert.equal(await next.find('Account', ACCOUNT.sub), undefined)
  assert.equal(await next.open('Account', ACCOUNT.sub), undefined)
  assert.deepEqual((await old.find('Account', ACCOUNT.sub))?.claims, ACCOUNT.claims)
})

test('every record of a person is absent at another upstream', async () => {
  const { old, next } = prepare()
  const attempt = { interactionUid: 'u', nonce: 'n', codeVerifier: 'v', begunAt: 1 }
  await old.save('LoginAttempt', 'id', { ...attempt, maxAgeSeconds: undefined }, 60)
  for (const kind of ['AuthorizationCode', 'Grant', 'Interaction', 'Session'] as const) {
    await old.save(kind, 'id', {}, 60)
    assert.equal(await next.find(kind, 'id'), undefined, kind)
    assert.ok(await old.find(kind, 'id'), kind)
  }
  assert.equal(await next.find('LoginAttempt', 'id'), undefined)
  assert.equal((await old.take('LoginAttempt', 'id'))?.nonce, 'n')
})

test('another spelling of the same issuer changes nothing', async () => {
  const { store, old } = prepare()
  await old.save('Account', ACCOUNT.sub, ACCOUNT, 60)
  const respelt = createMemoryRecords(store, 'HTTPS://old.example/')
  assert.deepEqual((await respelt.find('Account', ACCOUNT.sub))?.claims, ACCOUNT.claims)
})

test('a change of a record keeps its mark', async () => {
  const { old, next } = prepare()
  await old.save('Account', ACCOUNT.sub, ACCOUNT, 60)
  await (await old.open('Account', ACCOUNT.sub))?.replace(ACCOUNT, 60)
  assert.equal(await next.find('Account', ACCOUNT.sub), undefined)
})

test('a record from before marks existed belongs to the home upstream', async () => {
  const { store, old, next } = prepare()
  const [key] = TEST_KEY_NAMES.ofId('Account', ACCOUNT.sub)
  const text = `${KINDS.Account.version}${JSON.stringify(ACCOUNT)}`
  await store.set(key, TEST_SEAL.seal(text, key), 60)
  assert.equal(await next.find('Account', ACCOUNT.sub), undefined)
  assert.equal(await next.take('Account', ACCOUNT.sub), undefined)
  await store.set(key, TEST_SEAL.seal(text, key), 60)
  assert.deepEqual((await old.find('Account', ACCOUNT.sub))?.claims, ACCOUNT.claims)
})

test('a client has no mark: it stays when the upstream changes', async () => {
  const { old, next } = prepare()
  await old.save('Client', 'a-client', { metadata: {}, renewedAt: 0, tokenHash: 'h' }, 60)
  assert.deepEqual(await next.find('Client', 'a-client'), {
    metadata: {},
    renewedAt: 0,
    tokenHash: 'h',
  })
})
