import assert from 'node:assert/strict'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { listen } from '../../../scripts/dev/listen.ts'
import { createUserAgent } from '../../../scripts/dev/user-agent.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function serve(t: TestContext, answer: RequestListener) {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const seen: Seen[] = []
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request
    seen.push({ method, url, headers, body: await text(request) })
    answer(request, response)
  })
  t.after(close)
  return { url: `http://localhost:${port}`, port, seen }
}

function redirect(response: ServerResponse, location: string, status = 303) {
  response.writeHead(status, { location }).end()
}

const formPage = `<title> A form </title>
<form method="post" action="/approve?x=1">
  <input type="hidden" name="csrf" value="a&amp;b">
  <input type="checkbox" name="remember" checked><input type="checkbox" name="unseen">
  <select name="colour"><option value="r">Red</option><option value="g" selected>Green</option></select>
  <input name="note" value="old">
  <button>Allow <b>Cursor</b></button>
</form>
<form method="post" action="/deny"><button name="reason" value="no">Deny</button></form>`

function servePage(t: TestContext, headers: Record<string, string> = {}) {
  return serve(t, (request, response) => {
    if (request.url === '/') response.writeHead(200, headers).end(formPage)
    else response.end('<title>Done</title>')
  })
}

test('redirects are followed one by one and recorded, and the cookies of each are kept', async (t) => {
  const site = await serve(t, (request, response) => {
    if (request.url === '/') {
      response.setHeader('set-cookie', ['a=1; Path=/', 'b=2; Path=/elsewhere'])
      return redirect(response, '/next')
    }
    response.end('<title>Arrived</title>')
  })
  const agent = createUserAgent()
  const page = await agent.open(site.url)

  assert.equal(page.title, 'Arrived')
  assert.equal(page.url, `${site.url}/next`)
  assert.deepEqual(
    agent.hops.map(({ status, location }) => ({ status, location })),
    [
      { status: 303, location: `${site.url}/next` },
      { status: 200, location: undefined },
    ],
  )
  assert.equal(site.seen[1]?.headers.cookie, 'a=1')
})

test('a redirect that matches `until` is not followed, and its target is the URL of the page', async (t) => {
  const site = await serve(t, (_request, response) => redirect(response, '/callback?code=c'))
  const page = await createUserAgent().open(site.url, {
    until: ({ pathname }) => pathname === '/callback',
  })

  assert.equal(page.url, `${site.url}/callback?code=c`)
  assert.equal(page.status, 303)
  assert.equal(site.seen.length, 1)
})

test('a redirect to a private-use scheme is not followed', async (t) => {
  const site = await serve(t, (_request, response) => redirect(response, 'cursor://cb?code=c'))
  assert.equal((await createUserAgent().open(site.url)).url, 'cursor://cb?code=c')
})

test('a redirect loop ends in an error', async (t) => {
  const site = await serve(t, (_request, response) => redirect(response, '/'))
  await assert.rejects(createUserAgent().open(site.url), /more than 20 redirects/)
})

test('a pressed button sends its own form like a browser', async (t) => {
  const site = await servePage(t)
  const agent = createUserAgent()
  const page = await agent.open(site.url)
  const next = await agent.submit(page, { button: /^Allow/, fields: { note: 'new' } })

  assert.equal(page.title, 'A form')
  assert.equal(next.title, 'Done')
  const [opened, posted] = site.seen
  assert.equal(opened?.headers['sec-fetch-site'], 'none')
  assert.equal(opened?.headers.origin, undefined)
  assert.equal(posted?.method, 'POST')
  assert.equal(posted?.url, '/approve?x=1')
  assert.equal(posted?.body, 'csrf=a%26b&remember=on&colour=g&note=new')
  assert.equal(posted?.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.equal(posted?.headers.origin, site.url)
  assert.equal(posted?.headers['sec-fetch-site'], 'same-origin')
  assert.equal(posted?.headers['sec-fetch-mode'], 'navigate')
  assert.equal(posted?.headers['sec-fetch-dest'], 'document')
})

test('a button can be found by its name and value, and sends both', async (t) => {
  const site = await servePage(t)
  const agent = createUserAgent()
  const page = await agent.open(site.url)
  await agent.submit(page, { button: { name: 'reason', value: 'no' } })

  assert.equal(site.seen[1]?.url, '/deny')
  assert.equal(site.seen[1]?.body, 'reason=no')
})

test('the error for a missing button names the buttons that exist', async (t) => {
  const site = await servePage(t)
  const agent = createUserAgent()
  const page = await agent.open(site.url)
  await assert.rejects(
    agent.submit(page, { button: 'Accept' }),
    /no button "Accept" .*"Allow Cursor", "Deny"/,
  )
})

test('a page with Referrer-Policy: no-referrer posts with the origin "null"', async (t) => {
  const site = await servePage(t, { 'referrer-policy': 'no-referrer' })
  const agent = createUserAgent()
  await agent.submit(await agent.open(site.url), { button: 'Deny' })

  assert.equal(site.seen[1]?.headers.origin, 'null')
})

test('a 303 redirect turns a POST into a GET, and a 307 repeats the POST', async (t) => {
  for (const [status, expected] of [
    [303, 'GET '],
    [307, 'POST reason=no'],
  ] as const) {
    const site = await serve(t, (request, response) => {
      if (request.url === '/') response.end(formPage)
      else if (request.url === '/deny') redirect(response, '/after', status)
      else response.end()
    })
    const agent = createUserAgent()
    await agent.submit(await agent.open(site.url), { button: 'Deny' })
    assert.equal(`${site.seen[2]?.method} ${site.seen[2]?.body}`, expected)
  }
})

test('a form that posts to another site sends no SameSite=Lax or SameSite=Strict cookie of that site', async (t) => {
  const bank = await serve(t, (_request, response) => {
    response.setHeader('set-cookie', ['lax=1; SameSite=Lax', 'strict=1; SameSite=Strict'])
    response.end()
  })
  const target = `http://127.0.0.1:${bank.port}`
  const evil = await serve(t, (_request, response) => {
    response.end(`<form method="post" action="${target}"><button>Win</button></form>`)
  })
  const agent = createUserAgent()
  await agent.open(target)
  await agent.submit(await agent.open(evil.url))

  assert.equal(bank.seen[1]?.headers.cookie, undefined)
  assert.equal(bank.seen[1]?.headers['sec-fetch-site'], 'cross-site')
  assert.equal(bank.seen[1]?.headers.origin, evil.url)
})
