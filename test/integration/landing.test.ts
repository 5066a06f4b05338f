// GET /: a page for people, and nothing for programs, which may take this address for that of an MCP server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parse } from 'node-html-parser'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const PATH = '/auth/tenant-1'

let plain: TestServer
let branded: TestServer
before(async () => {
  plain = await startTestServer()
  branded = await startTestServer({
    issuerPath: PATH,
    file: { branding: { name: 'Acme Tools', linkAccount: false } },
  })
})
after(() => Promise.all([plain.close(), branded.close()]))

const open = (issuer: string, language = 'en') =>
  send(`${issuer}/`, { headers: { accept: 'text/html,*/*;q=0.8', 'accept-language': language } })

test('the page names the server, says what it is for, and links to the account page', async () => {
  const answer = await open(plain.issuer)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.deepEqual(answer.headers.getSetCookie(), [])
  assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'none'/)
  const main = parse(answer.body).querySelector('main')
  assert.match(
    parse(answer.body).querySelector('header')?.text ?? '',
    new RegExp(new URL(plain.issuer).host),
  )
  assert.equal(main?.querySelector('h1')?.text, 'This is where apps sign you in')
  assert.equal(main?.querySelector('.actions a')?.getAttribute('href'), '/account')
  assert.match((await open(plain.issuer, 'de')).body, /Hier melden Apps Sie an/)
})

test('every link of the page leads somewhere, under the path of the issuer too', async () => {
  for (const { issuer } of [plain, branded]) {
    const links = parse((await open(issuer)).body).querySelectorAll('main a')
    assert.ok(links.length >= 5)
    for (const link of links) {
      const { status, url } = await follow(new URL(link.getAttribute('href') ?? '', issuer))
      assert.equal(status, 200, url)
      assert.ok(url.startsWith(`${issuer}/`), url)
    }
  }
})

async function follow(url: URL) {
  const { status } = await send(url, { headers: { accept: 'text/html' } })
  return { status, url: url.href }
}

test('the operator’s name is on the page, and no link to the account page if they turned that off', async () => {
  const page = parse((await open(branded.issuer)).body)
  assert.match(page.querySelector('header')?.text ?? '', /Acme Tools/)
  assert.equal(page.querySelector('.actions'), null)
})

test('a program gets an error there, in JSON, whatever it asks for', async () => {
  for (const accept of [
    'application/json',
    'text/event-stream',
    '*/*',
    'application/json, text/event-stream',
  ]) {
    const answer = await send(`${plain.issuer}/`, { headers: { accept } })
    assert.deepEqual([answer.status, jsonOf(answer)['error']], [404, 'not_found'], accept)
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize' })
  const headers = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  }
  const posted = await send(`${plain.issuer}/`, { method: 'POST', body, headers })
  assert.equal(posted.status, 405)
  assert.equal(jsonOf(posted)['error'], 'invalid_request')
})
