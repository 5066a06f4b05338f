import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResourceServers } from '../../../src/domain/resource-server.ts'
import { resourceServersOf } from '../../support/resource-servers.ts'

const MCP = 'https://mcp.example.com/mcp'

test('A33: a resource is found with any case of scheme and host, and with one trailing slash', () => {
  const found = resourceServersOf(MCP)
  for (const uri of [
    MCP,
    `${MCP}/`,
    'HTTPS://MCP.Example.COM/mcp',
    'https://mcp.example.com:443/mcp',
  ]) {
    assert.equal(found.find(uri)?.resource, MCP, uri)
  }
})

test('an origin is found with and without its slash, and keeps its configured spelling', () => {
  assert.equal(
    resourceServersOf('https://mcp.example.com').find('https://mcp.example.com/')?.resource,
    'https://mcp.example.com',
  )
  assert.equal(
    resourceServersOf('https://mcp.example.com/').find('https://mcp.example.com')?.resource,
    'https://mcp.example.com/',
  )
})

test('a URI with another path, query, port or scheme, with credentials or a fragment, is another resource', () => {
  const found = resourceServersOf(MCP)
  for (const uri of [
    'https://mcp.example.com/MCP',
    'https://mcp.example.com/mcp//',
    'https://mcp.example.com/mcp/x',
    'https://mcp.example.com/mcp?tenant=1',
    'https://mcp.example.com:8443/mcp',
    'http://mcp.example.com/mcp',
    'https://user@mcp.example.com/mcp',
    `${MCP}#fragment`,
    `${MCP}#`,
    'mcp.example.com/mcp',
    'urn:example:mcp',
    '',
  ]) {
    assert.equal(found.find(uri), undefined, uri)
  }
})

test('an alias finds its server in any spelling, with the alias as configured as its resource', () => {
  const [main] = resourceServersOf(MCP).all
  assert.ok(main)
  const aliases = ['https://MCP.example.com/', 'https://old.example.com/mcp']
  const found = createResourceServers({
    resourceServers: [{ ...main, aliases }],
    defaultResource: undefined,
    clients: [],
  })
  assert.deepEqual(found.find('https://mcp.example.com'), {
    ...main,
    aliases,
    resource: 'https://MCP.example.com/',
  })
  assert.equal(found.find('https://old.example.com:443/mcp/')?.resource, aliases[1])
  assert.equal(found.find(MCP)?.resource, MCP)
  assert.equal(found.all.length, 1)
})

test('the default is the configured resource server, or undefined', () => {
  assert.equal(resourceServersOf(MCP).findDefault('anyone')?.resource, MCP)
  assert.equal(
    createResourceServers({
      resourceServers: [],
      defaultResource: undefined,
      clients: [],
    }).findDefault('anyone'),
    undefined,
  )
})

test('the default of a configured client comes before the default of all clients', () => {
  const other = 'https://other.example.com/mcp'
  const servers = createResourceServers({
    resourceServers: resourceServersOf(MCP, other).all,
    defaultResource: MCP,
    clients: [
      { clientId: 'proxy', defaultResource: `${other}/` },
      { clientId: 'plain', defaultResource: undefined },
    ],
  })
  assert.equal(servers.findDefault('proxy')?.resource, other)
  for (const clientId of ['plain', 'PROXY', '__proto__', '', undefined]) {
    assert.equal(servers.findDefault(clientId)?.resource, MCP, clientId)
  }
})
