// `npm run dev` with the addresses of a tunnel (docs/getting-started.md). TLS in front of both servers stands for the tunnel.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTrustedCertificate } from '../support/certificate.ts'
import { openDevelopment } from '../support/development.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADA } from '../support/journey.ts'
import { createSdkV2Application } from '../support/sdk-v2-application.ts'
import { startTlsFront } from '../support/tls-front.ts'

test('a client that knows only the public address of the MCP server signs a person in and calls a tool', async (t) => {
  const certificate = createTrustedCertificate(['localhost'])
  const [serverPort, mcpPort] = [await findFreePort(), await findFreePort()]
  const server = await startTlsFront(certificate, serverPort)
  t.after(() => server.close())
  const mcp = await startTlsFront(certificate, mcpPort)
  t.after(() => mcp.close())
  const issuer = `https://localhost:${server.port}`
  const mcpUrl = `https://localhost:${mcp.port}/mcp`

  const development = await openDevelopment({
    serverPort,
    mcpPort,
    env: { DEV_SERVER_URL: issuer, DEV_MCP_URL: mcpUrl },
  })
  t.after(() => development.close())
  assert.deepEqual([development.issuer, development.mcpUrl], [issuer, mcpUrl])
  // The preview is for this machine, and a tunnel makes the server public.
  assert.equal(development.previewUrl, undefined)
  assert.equal((await fetch(`http://localhost:${serverPort}/_preview`)).status, 404)

  const application = createSdkV2Application({ serverUrl: mcpUrl })
  const client = await application.connect()
  t.after(() => client.close())
  assert.equal(application.kept.authorizationUrl?.origin, issuer)
  const { content } = await client.callTool({ name: 'whoami', arguments: {} })
  const [item] = content as { text: string }[]
  assert.equal(JSON.parse(item?.text ?? '{}').sub, ADA)
})
