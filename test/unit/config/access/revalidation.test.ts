import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../../config/default.json' with { type: 'json' }
import {
  adviseOnRevalidation,
  resolveRevalidation,
} from '../../../../src/config/access/revalidation.ts'

const RULES = [{ name: 'staff' }]
const { mode: _, ...times } = defaults.revalidation

function resolve(
  mode: 'auto' | 'on' | 'off',
  rules: readonly unknown[] = [],
  changes: Partial<typeof times> = {},
) {
  const faults: string[] = []
  const revalidation = { ...times, ...changes, mode }
  const config = resolveRevalidation({
    file: { revalidation, access: { rules } },
    reportFault: (name, message) => faults.push(`${name} ${message}`),
  })
  return { config, faults }
}

test('re-validation is on with access rules, so an update without them signs nobody out', () => {
  assert.equal(defaults.revalidation.mode, 'auto')
  assert.equal(resolve('auto').config.isOn, false)
  assert.equal(resolve('auto', RULES).config.isOn, true)
  assert.equal(resolve('on').config.isOn, true)
  assert.equal(resolve('off', RULES).config.isOn, false)
})

test('times that would refuse every refresh are faults', () => {
  assert.deepEqual(resolve('on').faults, [])
  for (const name of ['graceSeconds', 'unverifiedLifetimeSeconds'] as const) {
    const { faults } = resolve('on', [], { [name]: 899 })
    assert.equal(faults.length, 1)
    assert.match(faults[0] ?? '', RegExp(`revalidation.${name} must not be less than`))
  }
})

test('the start-up log says how long people whom the upstream removes keep their access', () => {
  const advise = (isOn: boolean, revalidation: 'refresh' | 'userinfo' | 'none') =>
    adviseOnRevalidation({
      revalidation: { ...times, isOn },
      lifetimes: { refreshMaxLifetimeSeconds: 5 },
      upstream: { revalidation },
    })
  assert.deepEqual(
    advise(false, 'refresh').map(({ message: __, ...fields }) => fields),
    [{ refreshMaxLifetimeSeconds: 5 }],
  )
  assert.deepEqual(advise(true, 'refresh'), [])
  assert.deepEqual(advise(true, 'userinfo'), [])
  assert.deepEqual(
    advise(true, 'none').map(({ message: __, ...fields }) => fields),
    [{ unverifiedLifetimeSeconds: 43_200 }],
  )
})
