import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HTMLElement, parse } from 'node-html-parser'
import { type ConsentPageData, renderConsentPage } from '../../../../src/http/views/consent-page.ts'
import { FRAME } from '../../../support/page-frame.ts'

const DATA: ConsentPageData = {
  clientName: 'Claude Code',
  clientOrigin: { kind: 'document', host: 'client.example' },
  redirectTarget: { kind: 'https', host: 'callback.example' },
  redirectUri: 'https://callback.example/cb?a=1&b=2',
  resource: { name: 'Team notes', uri: 'https://mcp.example.com/notes' },
  scopes: [
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Change your notes' },
  ],
  allowedScopes: [],
  keptScopes: [],
  listedScopes: undefined,
  choosesAnother: false,
  staysConnected: true,
  upstreamName: 'Acme SSO',
  upstreamScopes: undefined,
  account: undefined,
  approveAction: '/interaction/abc/approve',
  denyAction: '/interaction/abc/deny',
  csrfToken: 'csrf-value',
}
const ACCOUNT = { label: 'ada@example.com' }
const HOSTILE = `"><img src=x onerror='x'><script>alert(1)</script>&amp;`

function render(changes: Partial<ConsentPageData> = {}): HTMLElement {
  return parse(renderConsentPage({ ...DATA, ...changes }, FRAME))
}

function textOf(page: HTMLElement): string {
  return page.textContent.replace(/\s+/g, ' ')
}

function buttons(page: HTMLElement, action: string): string[] {
  return page
    .querySelectorAll(`form[method=post][action="${action}"] button[type=submit]`)
    .map((button) => button.textContent)
}

test('a client name with markup is shown as text', () => {
  const page = render({ clientName: '<b>Claude</b>' })
  assert.equal(page.querySelector('h1')?.textContent, 'Allow <b>Claude</b> to use Team notes?')
  assert.equal(page.querySelector('title')?.textContent, 'Allow <b>Claude</b>?')
  assert.equal(page.querySelector('b'), null)
})

test('no field can add an element or an attribute', () => {
  for (const account of [undefined, ACCOUNT]) {
    const shape = shapeOf(render({ account, redirectTarget: { kind: 'private-use', scheme: 'x' } }))
    const hostile = render({
      clientName: HOSTILE,
      clientOrigin: { kind: 'document', host: HOSTILE },
      redirectTarget: { kind: 'private-use', scheme: HOSTILE },
      redirectUri: HOSTILE,
      resource: { name: HOSTILE, uri: HOSTILE },
      scopes: DATA.scopes.map(() => ({ name: HOSTILE, description: HOSTILE })),
      upstreamName: HOSTILE,
      account: account && { label: HOSTILE },
      approveAction: HOSTILE,
      denyAction: HOSTILE,
      csrfToken: HOSTILE,
    })
    assert.deepEqual(shapeOf(hostile), shape)
    assert.equal(hostile.querySelector('input')?.getAttribute('value'), HOSTILE)
    assert.equal(hostile.querySelector('form')?.getAttribute('action'), HOSTILE)
  }
})

function shapeOf(page: HTMLElement): string[] {
  return page
    .querySelectorAll('*')
    .map((element) => [element.tagName, ...Object.keys(element.attributes)].join(' '))
}

test('no field shows bidi overrides or control characters', () => {
  const trick = 'a\u202eb\u0000c\u2066d'
  const markup = renderConsentPage(
    {
      ...DATA,
      clientName: trick,
      clientOrigin: { kind: 'document', host: trick },
      redirectTarget: { kind: 'private-use', scheme: trick },
      redirectUri: trick,
      resource: { name: trick, uri: trick },
      scopes: [{ name: trick, description: trick }],
      upstreamName: trick,
      account: { label: trick },
    },
    FRAME,
  )
  for (const hidden of ['\u202e', '\u0000', '\u2066']) assert.ok(!markup.includes(hidden))
  assert.match(markup, /abcd/)
})

test('the client name is isolated from the direction of the text around it', () => {
  const name = 'مساعد'
  const isolated = render({ clientName: name }).querySelector('h1 bdi')
  assert.equal(isolated?.textContent, name)
})

test('a client name of 300 characters is cut to 80 and ends in an ellipsis', () => {
  const shown = render({ clientName: 'x'.repeat(300) }).querySelector('h1 bdi')?.textContent
  assert.equal(shown, `${'x'.repeat(79)}…`)
})

test('a client name without visible characters is shown as "an unnamed client"', () => {
  assert.match(textOf(render({ clientName: ' \u200b\u202e' })), /Allow an unnamed client to use/)
})

test('a long redirect host is shown in full, including its end', () => {
  const host = `accounts.google.com.${'a'.repeat(200)}.evil.example`
  assert.ok(textOf(render({ redirectTarget: { kind: 'https', host } })).includes(host))
})

test('a client with a metadata document is shown with the host of its client id', () => {
  const text = textOf(render())
  assert.match(text, /client\.example/)
  assert.match(text, /comes from a document published at this address/)
  assert.doesNotMatch(text, /verified/)
})

test('a client that registered itself is shown as not verified', () => {
  const text = textOf(render({ clientOrigin: { kind: 'registered' } }))
  assert.match(text, /registered itself; its name has not been verified/)
})

test('a configured client is shown as set up by the operator', () => {
  const text = textOf(render({ clientOrigin: { kind: 'configured' } }))
  assert.match(text, /set up by the operator of this server/)
  assert.doesNotMatch(text, /not been verified/)
})

// MCP 2025-11-25 authorization, Localhost Redirect URI Risks: the redirect host MUST be displayed.
test('A17: the page shows the host that gets the answer, and the full redirect URI', () => {
  const page = render()
  const values = page.querySelectorAll('.value').map((value) => value.textContent)
  assert.ok(values.includes('callback.example'))
  assert.ok(textOf(page).includes(DATA.redirectUri))
  assert.equal(page.querySelector('.caution'), null)
})

test('A18: a loopback redirect URI comes with a warning', () => {
  const page = render({ redirectTarget: { kind: 'loopback', host: '127.0.0.1:33418' } })
  assert.match(textOf(page), /127\.0\.0\.1:33418/)
  assert.match(page.querySelector('.caution')?.textContent ?? '', /a program on this computer/)
  assert.match(page.querySelector('.caution')?.textContent ?? '', /Only continue if you started/)
})

test('a private-use redirect URI comes with a warning that names the scheme', () => {
  const page = render({ redirectTarget: { kind: 'private-use', scheme: 'cursor' } })
  const warning = page.querySelector('.caution')?.textContent ?? ''
  assert.match(warning, /an app on this device that handles cursor: links/)
  assert.match(warning, /Only continue if you started/)
})

test('the page shows the name and URI of the resource, and the description and name of each scope', () => {
  const page = render()
  assert.match(textOf(page), /At Team notes https:\/\/mcp\.example\.com\/notes/)
  assert.deepEqual(
    page.querySelectorAll('li').map((item) => item.textContent),
    ['Read your notes notes:read', 'Change your notes notes:write'],
  )
})

test('the page for a request without scopes says so, and has no empty list', () => {
  const page = render({ scopes: [] })
  assert.match(textOf(page), /asks for no specific permissions/)
  assert.equal(page.querySelector('ul'), null)
})

test('a person who is not signed in reads where they will sign in', () => {
  const page = render()
  assert.match(textOf(page), /You will sign in with Acme SSO once you allow this/)
  assert.deepEqual(buttons(page, DATA.approveAction), ['Allow and sign in with Acme SSO'])
  assert.equal(page.querySelector('[name=account]'), null)
})

test('a person who is signed in sees the account, and can approve with another account', () => {
  const page = render({ account: ACCOUNT })
  assert.match(textOf(page), /You are signed in as ada@example\.com/)
  assert.deepEqual(buttons(page, DATA.approveAction), ['Allow', 'Use another account'])
  assert.equal(page.querySelector('button[name=account]')?.getAttribute('value'), 'another')
})

test('Deny has a form of its own, and both forms include the CSRF token', () => {
  const page = render({ account: ACCOUNT })
  assert.deepEqual(buttons(page, DATA.denyAction), ['Deny'])
  const tokens = page.querySelectorAll('form input[type=hidden][name=csrf_token]')
  assert.deepEqual(
    tokens.map((input) => input.getAttribute('value')),
    ['csrf-value', 'csrf-value'],
  )
})

test('the page has no script and no inline style, and loads only the stylesheet and the icon', () => {
  const page = render({ account: ACCOUNT })
  assert.deepEqual(page.querySelectorAll('script, style, [style], [src], iframe, object'), [])
  assert.deepEqual(
    page.querySelectorAll('[href]').map((element) => element.getAttribute('href')),
    [FRAME.site.stylesheet.path, FRAME.site.favicon.path],
  )
  assert.doesNotMatch(page.toString(), /\son\w+=/)
})

test('the page has a language, a title, one main landmark and one h1', () => {
  const page = render()
  assert.equal(page.querySelector('html')?.getAttribute('lang'), 'en')
  assert.equal(page.querySelector('title')?.textContent, 'Allow Claude Code?')
  assert.equal(page.querySelectorAll('main').length, 1)
  assert.equal(page.querySelectorAll('h1').length, 1)
})

test('the page says once that the client stays connected, whether or not it asks for offline_access', () => {
  const offline = { name: 'offline_access', description: 'Stay connected while you are away' }
  const pages = {
    asked: render({ scopes: [...DATA.scopes, offline] }),
    'asked earlier': render({ allowedScopes: [offline] }),
    'not asked': render(),
    'no scopes': render({ scopes: [] }),
  }
  for (const [name, page] of Object.entries(pages)) {
    assert.equal(textOf(page).match(/stays? connected/gi)?.length, 1, name)
  }
})

test('the page does not say so if the client gets no refresh token', () => {
  assert.doesNotMatch(textOf(render({ staysConnected: false })), /stays? connected/i)
})
