import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packageOf, shareOut } from '../../../../scripts/bench/profile.ts'

const frame = (functionName: string, url: string) => ({ functionName, url })

test('a function belongs to its package, its folder of src, its module of Node, or to V8', () => {
  const packages = {
    'file:///x/node_modules/oidc-provider/lib/a.js': 'oidc-provider',
    'file:///x/node_modules/@keyv/redis/node_modules/@redis/client/b.js': '@redis/client',
    'file:///x/src/records/records.ts': 'src/records',
    'file:///x/src/main.ts': 'src',
    'node:internal/crypto/keys': 'node:internal/crypto',
    '': 'native',
  }
  for (const [url, name] of Object.entries(packages)) assert.equal(packageOf(frame('f', url)), name)
  assert.equal(packageOf(frame('(garbage collector)', '')), '(garbage collector)')
})

test('shares leave idle time out, and are sorted by size', () => {
  const nodes = [
    { id: 1, callFrame: frame('(idle)', '') },
    { id: 2, callFrame: frame('a', 'node:net') },
    { id: 3, callFrame: frame('b', 'node:http') },
  ]
  const profile = { nodes, samples: [1, 2, 3, 3], timeDeltas: [900, 25, 25, 50] }
  assert.deepEqual(shareOut(profile, packageOf), [
    { name: 'node:http', percent: 75 },
    { name: 'node:net', percent: 25 },
  ])
})
