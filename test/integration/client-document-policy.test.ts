import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DocumentServer, startDocumentServer } from '../support/document-server.ts'
import { assertErrorPage } from '../support/error-page.ts'
import { buildAuthorization, refresh } from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const HOSTS = ['client.example', 'sub.vendor.example', 'vendor.example', 'evilvendor.example']
const REDIRECT_URI = 'https://client.example/callback'

let web: DocumentServer
before(async () => {
  web = await startDocumentServer(HOSTS)
  for (const host of HOSTS) {
    const client_id = `https://${host}/client.json`
    const body = { client_id, client_name: 'Test client', redirect_uris: [REDIRECT_URI] }
    web.publish(client_id, { body })
  }
})
after(() => web.close())

const start = (file: Record<string, unknown>) =>
  startTestServer({ overrides: { outbound: web.outbound }, file })

function open(server: TestServer, client_id: string) {
  const { url } = buildAuthorization(server.issuer, { client_id }, { redirect_uri: REDIRECT_URI })
  return send(url, { headers: { accept: 'text/html' } })
}

async function assertNotAllowed(server: TestServer, client_id: string): Promise<void> {
  const page = await open(server, client_id)
  assert.equal(page.status, 400, client_id)
  assertErrorPage(page, server)
  assert.match(page.body, /does not accept the metadata document of this client/)
  const { status, body } = await refresh(server.issuer, { client_id }, 'x')
  assert.deepEqual([status, body['error']], [401, 'invalid_client'])
}

test('A16: with allowedHosts, documents of other hosts are rejected without a fetch', async () => {
  const allowedHosts = ['client.example', '*.vendor.example']
  const server = await start({ clientDocuments: { allowedHosts } })
  try {
    for (const host of ['client.example', 'sub.vendor.example']) {
      assert.equal((await open(server, `https://${host}/client.json`)).status, 303, host)
    }
    const before = web.requests.length
    for (const host of ['vendor.example', 'evilvendor.example', 'other.example']) {
      await assertNotAllowed(server, `https://${host}/client.json`)
    }
    assert.equal(web.requests.length, before)
  } finally {
    await server.close()
  }
})

test('A15: disabled documents are not advertised or fetched, and the error says why', async () => {
  const server = await start({ clientDocuments: { enabled: false } })
  try {
    const document = jsonOf(await send(`${server.issuer}/.well-known/oauth-authorization-server`))
    assert.equal(Object.hasOwn(document, 'client_id_metadata_document_supported'), false)
    const before = web.requests.length
    await assertNotAllowed(server, 'https://client.example/client.json')
    assert.equal(web.requests.length, before)
  } finally {
    await server.close()
  }
})

test('a configured client whose id is a URL is used without a fetch', async () => {
  const client_id = 'https://client.example/client.json'
  const server = await start({
    clients: [{ client_id, client_name: 'Ours', redirect_uris: [REDIRECT_URI] }],
    clientDocuments: { enabled: false },
  })
  try {
    const before = web.requests.length
    assert.equal((await open(server, client_id)).status, 303)
    assert.equal(web.requests.length, before)
  } finally {
    await server.close()
  }
})
