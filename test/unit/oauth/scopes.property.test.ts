import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  OIDC_SCOPES,
  parseScope,
  resolveRefreshScope,
  resolveRequestedScope,
} from '../../../src/oauth/scopes.ts'

const server = {
  resource: 'https://mcp.example.com/mcp',
  name: 'Example',
  scopes: { 'mcp:read': 'Read', 'mcp:write': 'Change', 'mcp:admin': 'Administer' },
  defaultScopes: ['mcp:read', 'mcp:write'],
  accessTokenSeconds: 900,
}
const own = Object.keys(server.scopes)
const known = [...own, ...OIDC_SCOPES]

// RFC 6749 §3.3: scope-token
const token = fc.oneof(
  fc.constantFrom(...known),
  fc.constantFrom('constructor', '__proto__', 'toString', 'MCP:READ', 'mcp:', 'openid,email'),
  fc.stringMatching(/^[\x21\x23-\x5B\x5D-\x7E]{1,8}$/),
)
const names = fc.array(token, { maxLength: 12 })
const space = fc.stringMatching(/^[ \t\n]{1,3}$/)

/** The names, with varying whitespace around and between them. */
const spelled = fc
  .tuple(names, fc.array(space, { minLength: 13, maxLength: 13 }), fc.boolean())
  .map(([all, spaces, isPadded]) => {
    const middle = all.map((name, index) => (index === 0 ? '' : spaces[index]) + name).join('')
    return { all, text: isPadded ? `${spaces[0]}${middle}${spaces[12]}` : middle }
  })

const firstOf = (all: readonly string[]) => [...new Set(all)]
const split = (scope: string | undefined) => scope?.split(' ') ?? []

test('whitespace and repetitions are ignored, and the order is kept', () => {
  fc.assert(
    fc.property(spelled, ({ all, text }) => {
      const parsed = parseScope(text)
      assert.deepEqual(parsed, firstOf(all))
      assert.deepEqual(parseScope(parsed.join(' ')), parsed)
    }),
  )
})

test('a request gets the known scopes that it names, and the defaults if none is of the resource server', () => {
  fc.assert(
    fc.property(spelled, ({ all, text }) => {
      const wanted = firstOf(all).filter((name) => known.includes(name))
      const isEnough = wanted.some((name) => own.includes(name))
      const expected = isEnough ? wanted : [...wanted, ...server.defaultScopes]
      assert.deepEqual(split(resolveRequestedScope(text, server)), expected)
    }),
  )
})

test('a resolved scope resolves to itself, and always has a scope of the resource server', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constant(undefined),
        fc.string(),
        spelled.map((s) => s.text),
      ),
      (text) => {
        const resolved = resolveRequestedScope(text, server)
        assert.equal(resolveRequestedScope(resolved, server), resolved)
        assert.ok(split(resolved).some((name) => own.includes(name)))
      },
    ),
  )
})

test('a refresh gets the known scopes that it names, except offline_access, which no token has', () => {
  fc.assert(
    fc.property(spelled, ({ all, text }) => {
      const resolved = resolveRefreshScope(text, [server])
      const wanted = firstOf(all).filter((name) => known.includes(name))
      assert.deepEqual(
        split(resolved),
        wanted.filter((name) => name !== 'offline_access'),
      )
      assert.equal(resolveRefreshScope(resolved, [server]), resolved)
    }),
  )
})
