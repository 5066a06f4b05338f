import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkReleasedClaims } from '../../../../src/config/access/released-claims.ts'

const RESOURCE = 'https://mcp.example.com/mcp'

function faultsOf(tokenClaims: string[], scopeClaims: Record<string, string[]> = {}) {
  const faults: string[] = []
  const claims = { groups: 'groups', sub: 'sub', name: 'other_name' }
  checkReleasedClaims(
    {
      resourceServers: [{ resource: RESOURCE, tokenClaims }],
      access: { rules: [], claims, scopeClaims },
    },
    (name, message) => faults.push(`${name}: ${message}`),
  )
  return faults
}

for (const name of [
  'sub',
  'iss',
  'aud',
  'scope',
  'client_id',
  'cnf',
  'act',
  'exp',
  'grant_ref',
  'acr',
]) {
  test(`no claim of a provider can pose as ${name} of a token`, () => {
    const [token, idToken, ...more] = faultsOf([name], { openid: [name] })
    assert.match(token ?? '', /^CONFIG_FILE resourceServers\.0\.tokenClaims\.0: .*sets itself/)
    assert.match(idToken ?? '', /^CONFIG_FILE access\.scopeClaims\.openid\.0: .*sets itself/)
    assert.ok(more.length <= 1)
  })
}

test('an access token may have listed claims and standard ones, and no others', () => {
  assert.deepEqual(faultsOf(['groups', 'email', 'name', 'given_name']), [])
  assert.match(faultsOf(['groups', 'roles'])[0] ?? '', /tokenClaims\.1: .*access\.claims/)
})

test('a scope adds listed claims, and replaces no standard one', () => {
  assert.deepEqual(faultsOf([], { profile: ['groups'] }), [])
  assert.match(
    faultsOf([], { email: ['roles'] })[0] ?? '',
    /scopeClaims\.email\.0: .*access\.claims/,
  )
  assert.match(faultsOf([], { profile: ['name'] })[0] ?? '', /scopeClaims\.profile\.0: .*standard/)
})
