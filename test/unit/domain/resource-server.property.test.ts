import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalResourceKey } from '../../../src/oauth/resource-uri.ts'
import { resourceServersOf } from '../../support/resource-servers.ts'

interface Parts {
  readonly scheme: 'https' | 'http'
  readonly host: string
  readonly port: string
  readonly path: string
  readonly query: string
}

// Only a few values for each part, so that two URIs are often nearly the same.
const parts: fc.Arbitrary<Parts> = fc.record({
  scheme: fc.constantFrom('https', 'http'),
  host: fc.constantFrom('mcp.example', 'mcp.example.com', 'localhost', '[::1]', '192.0.2.1'),
  port: fc.constantFrom('', ':8443', ':3000'),
  path: fc
    .array(fc.constantFrom('mcp', 'MCP', 'a', '%61', ''), { maxLength: 3 })
    .map((segments) => segments.map((segment) => `/${segment}`).join(''))
    .filter((path) => !path.endsWith('/')),
  query: fc.constantFrom('', '?tenant=1', '?tenant=2', '?Tenant=1'),
})

const write = ({ scheme, host, port, path, query }: Parts) =>
  `${scheme}://${host}${port}${path}${query}`

const DEFAULT_PORTS = { https: ':443', http: ':80' }

/** Another spelling of the same resource (RFC 3986 §6.2.2.1, §6.2.3). */
const spellingOf = (resource: Parts) =>
  fc
    .record({ isUpper: fc.boolean(), hasPort: fc.boolean(), hasSlash: fc.boolean() })
    .map(({ isUpper, hasPort, hasSlash }) => {
      const { scheme, host, port, path, query } = resource
      const spelled = port || (hasPort ? DEFAULT_PORTS[scheme] : '')
      const authority = `${scheme}://${host}`
      const start = isUpper ? authority.toUpperCase() : authority
      return `${start}${spelled}${path}${hasSlash ? '/' : ''}${query}`
    })

const spelled = parts.chain((resource) =>
  fc.record({
    resource: fc.constant(resource),
    one: spellingOf(resource),
    other: spellingOf(resource),
  }),
)

test('a resource is found in any spelling, and is returned in its configured spelling', () => {
  fc.assert(
    fc.property(spelled, ({ one, other }) => {
      assert.equal(resourceServersOf(one).find(other)?.resource, one)
    }),
  )
})

test('a resource is never found by the URI of another resource, however similar', () => {
  fc.assert(
    fc.property(spelled, spelled, (mine, yours) => {
      const isSame = write(mine.resource) === write(yours.resource)
      assert.equal(resourceServersOf(mine.one).find(yours.one) !== undefined, isSame)
    }),
    { numRuns: 1000 },
  )
})

test('the canonical key is a URI of the same origin, and is its own canonical key', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        spelled.map(({ one }) => one),
        fc.webUrl(),
        fc.string(),
      ),
      (uri) => {
        const key = canonicalResourceKey(uri)
        if (key === undefined) return
        assert.equal(new URL(key).origin, new URL(uri).origin)
        // Only one trailing slash is ignored: a key that still ends in a slash is another resource.
        if (!new URL(key).pathname.endsWith('/')) assert.equal(canonicalResourceKey(key), key)
      },
    ),
  )
})

test('a URI with a fragment or credentials finds no resource (RFC 8707 §2)', () => {
  fc.assert(
    fc.property(spelled, fc.constantFrom('#', '#x'), ({ resource, one }, fragment) => {
      const found = resourceServersOf(write(resource))
      assert.equal(found.find(one + fragment), undefined)
      assert.equal(found.find(one.replace('://', '://user@')), undefined)
      assert.equal(found.find(one.replace('://', '://:password@')), undefined)
    }),
  )
})

test('no string makes the search throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (uri) => void resourceServersOf('https://a.example').find(uri),
    ),
  )
})
