import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interactionPolicy } from 'oidc-provider'
import { createInteractionPolicy } from '../../../../src/provider/authorization/interaction-policy.ts'

test('consent is asked for first of all, and never by the engine’s own rule for native clients', () => {
  const checks = createInteractionPolicy().get('consent')?.checks
  assert.equal(checks?.[0]?.reason, 'not_approved')
  assert.equal(checks?.get('native_client_prompt'), undefined)
})

test('an engine whose policy lacks a prompt or a check is refused at start-up', () => {
  for (const [name, change] of Object.entries({
    'the prompt login': (policy: interactionPolicy.DefaultPolicy) => policy.remove('login'),
    'the prompt consent': (policy: interactionPolicy.DefaultPolicy) => policy.remove('consent'),
    'the check native_client_prompt': (policy: interactionPolicy.DefaultPolicy) =>
      policy.get('consent')?.checks.remove('native_client_prompt'),
  })) {
    const policy = interactionPolicy.base()
    change(policy)
    assert.throws(() => createInteractionPolicy(policy), {
      message: `the engine's interaction policy lacks ${name}`,
    })
  }
})
