import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describeResource } from '../../../src/oauth/resource-uri.ts'

test('a description keeps scheme, host and path, and only marks what may be secret', () => {
  for (const [uri, description] of Object.entries({
    'https://mcp.example.com/mcp': 'https://mcp.example.com/mcp',
    'HTTPS://MCP.example.com': 'https://mcp.example.com/',
    'https://mcp.example.com:8443/mcp?key=secret': 'https://mcp.example.com:8443/mcp?…',
    'https://mcp.example.com/mcp#secret': 'https://mcp.example.com/mcp#…',
    'https://ada:secret@mcp.example.com/': 'https://…@mcp.example.com/',
    'https://bücher.example/': 'https://xn--bcher-kva.example/',
    'urn:example:secret': 'urn:…',
    'data:text/html,secret': 'data:…',
    mcp: 'mcp',
    'mcp.example.com/mcp': 'mcp.example.com/mcp',
    'ada@example.com': '…',
    'call me': '…',
    '<b>': '…',
  })) {
    assert.equal(describeResource(uri), description)
  }
})

test('no description is long, has spaces, markup or invisible characters', () => {
  const long = fc
    .string({ unit: fc.constantFrom('a', '/', 'é', ' '), minLength: 300, maxLength: 400 })
    .map((text) => `https://a.example/${text}`)
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), long), (uri) => {
      assert.match(describeResource(uri), /^[!-~…]{1,206}$/)
      assert.doesNotMatch(describeResource(uri), /[<>"]/)
    }),
  )
})
