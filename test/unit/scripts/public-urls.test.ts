import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPublicUrls } from '../../../scripts/dev/public-urls.ts'

const DEV_SERVER_URL = 'https://auth.example.com'
const DEV_MCP_URL = 'https://mcp.example.com/mcp'

test('the addresses of a tunnel are the issuer and the URL of the MCP server', () => {
  assert.equal(readPublicUrls({}), undefined)
  const expected = { issuer: DEV_SERVER_URL, mcpUrl: DEV_MCP_URL }
  assert.deepEqual(readPublicUrls({ DEV_SERVER_URL, DEV_MCP_URL }), expected)
  assert.deepEqual(readPublicUrls({ DEV_SERVER_URL: `${DEV_SERVER_URL}/`, DEV_MCP_URL }), expected)
})

const WRONG: Readonly<Record<string, [Record<string, string>, RegExp]>> = {
  'one address alone': [{ DEV_SERVER_URL }, /^DEV_MCP_URL is missing: set both/],
  'an MCP server without its path': [
    { DEV_SERVER_URL, DEV_MCP_URL: 'https://mcp.example.com' },
    /^DEV_MCP_URL must be an https URL with the path \/mcp, e\.g\. https:/,
  ],
  http: [
    { DEV_SERVER_URL: 'http://auth.example.com', DEV_MCP_URL },
    /^DEV_SERVER_URL must be an https URL with the path \//,
  ],
  'a host without a scheme': [
    { DEV_SERVER_URL: 'auth.example.com', DEV_MCP_URL },
    /^DEV_SERVER_URL must be an https URL/,
  ],
  'a query': [
    { DEV_SERVER_URL, DEV_MCP_URL: `${DEV_MCP_URL}?a=b` },
    /^DEV_MCP_URL must be an https URL/,
  ],
}

for (const [what, [env, fault]] of Object.entries(WRONG)) {
  test(`${what} is a fault of one line that names the variable`, () => {
    assert.throws(
      () => readPublicUrls(env),
      ({ faults }: { faults: string[] }) => faults.length === 1 && fault.test(faults[0] ?? ''),
    )
  })
}
