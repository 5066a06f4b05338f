import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileSchema } from '../../../src/config/file-schema.ts'
import { resolveRegistration } from '../../../src/config/registration.ts'

const text = readFileSync(new URL('../../../config/default.json', import.meta.url), 'utf8')
const defaults = fileSchema.parse(JSON.parse(text))
const TOKEN = 'an-initial-access-token'

/** The names of the settings at fault. */
function faulty(registration: object, token?: string): string[] {
  const faults: string[] = []
  const file = fileSchema.parse({
    ...defaults,
    registration: { ...defaults.registration, ...registration },
  })
  resolveRegistration(file, token, (name, message) => {
    assert.ok(!message.includes(TOKEN))
    faults.push(name)
  })
  return faults
}

test('registration is open and without management by default', () => {
  assert.deepEqual(defaults.registration, { mode: 'open', management: false })
  assert.deepEqual(faulty({}), [])
})

test('mode "token" requires REGISTRATION_TOKEN, and other modes reject it', () => {
  assert.deepEqual(faulty({ mode: 'token' }, TOKEN), [])
  assert.deepEqual(faulty({ mode: 'token' }), ['REGISTRATION_TOKEN'])
  assert.deepEqual(faulty({ mode: 'open' }, TOKEN), ['REGISTRATION_TOKEN'])
  assert.deepEqual(faulty({ mode: 'off' }, TOKEN), ['REGISTRATION_TOKEN'])
})

test('management requires registration', () => {
  assert.deepEqual(faulty({ mode: 'off', management: true }), [
    'CONFIG_FILE registration.management',
  ])
})

test('an unknown mode is rejected', () => {
  const registration = { mode: 'closed', management: false }
  assert.ok(fileSchema.safeParse({ ...defaults, registration }).error)
})
