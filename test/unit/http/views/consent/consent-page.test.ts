import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HTMLElement } from 'node-html-parser'
import type { ConsentPageData } from '../../../../../src/http/views/consent/consent-page.ts'
import { renderConsentPage } from '../../../../../src/http/views/consent/consent-page.ts'
import {
  ACCOUNT,
  DATA,
  renderConsent as render,
  WEBSITE,
} from '../../../../support/consent-page.ts'
import { FRAME, SITE } from '../../../../support/page-frame.ts'

const HOSTILE = `"><img src=x onerror='x'><script>alert(1)</script>&amp;`

function textOf(page: HTMLElement): string {
  return page.textContent.replace(/\s+/g, ' ')
}

const read = (page: HTMLElement, selector: string) =>
  page.querySelectorAll(selector).map((element) => element.textContent.replace(/\s+/g, ' ').trim())

function buttons(page: HTMLElement, action: string): string[] {
  return read(page, `form[method=post][action="${action}"] button[type=submit]`)
}

/** Data in which every field is one text of a stranger. */
function strange(text: string, account: typeof ACCOUNT | undefined): Partial<ConsentPageData> {
  return {
    client: {
      id: text,
      name: text,
      origin: { kind: 'document', host: text },
      warnings: [
        { kind: 'imitates', name: text },
        { kind: 'private-use', scheme: text },
      ],
    },
    answer: {
      target: { kind: 'loopback', host: text },
      redirectUri: text,
      isForwarded: false,
    },
    resource: { name: text, uri: text },
    scopes: [{ name: text, description: text, risk: 'delete' }],
    allowedScopes: [{ name: text, description: text }],
    upstream: { name: text, scopes: [text] },
    account: account && { label: text, switchHref: text },
    form: {
      approveAction: text,
      denyAction: text,
      csrfToken: text,
      keptScopes: [text],
      listedScopes: [text],
      choosesAnother: true,
    },
  }
}

const shapeOf = (page: HTMLElement) =>
  page
    .querySelectorAll('*')
    .map((element) => [element.tagName, ...Object.keys(element.attributes)].join(' '))

test('no field can add an element or an attribute', () => {
  for (const account of [undefined, ACCOUNT]) {
    const hostile = render(strange(HOSTILE, account))
    assert.deepEqual(shapeOf(hostile), shapeOf(render(strange('x', account))))
    assert.equal(hostile.querySelector('input')?.getAttribute('value'), HOSTILE)
    assert.equal(hostile.querySelector('form')?.getAttribute('action'), HOSTILE)
  }
})

test('no field shows bidi overrides or control characters', () => {
  const { form: _, ...shown } = strange('a\u202eb\u0000c\u2066d', ACCOUNT)
  const account = { label: 'a\u202eb', switchHref: '/' }
  const markup = renderConsentPage({ ...DATA, ...shown, account }, FRAME)
  for (const hidden of ['\u202e', '\u0000', '\u2066']) assert.ok(!markup.includes(hidden))
  assert.match(markup, /abcd/)
})

test('a client name with markup is shown as text', () => {
  const page = render({ client: { ...DATA.client, name: '<b>Claude</b>' } })
  assert.match(page.querySelector('h1')?.textContent ?? '', /^Allow <b>Claude<\/b> /)
  assert.equal(page.querySelector('title')?.textContent, 'Allow <b>Claude</b>?')
  assert.equal(page.querySelector('b'), null)
})

test('the client name is isolated from the direction of the text around it', () => {
  const name = 'مساعد'
  const isolated = render({ client: { ...DATA.client, name } }).querySelector('h1 bdi')
  assert.equal(isolated?.textContent, name)
})

test('a client name of 300 characters is cut to 80 and ends in an ellipsis', () => {
  const client = { ...DATA.client, name: 'x'.repeat(300) }
  assert.equal(render({ client }).querySelector('h1 bdi')?.textContent, `${'x'.repeat(79)}…`)
})

test('a client name without visible characters is shown as "an unnamed app"', () => {
  const page = render({ client: { ...DATA.client, name: ' \u200b\u202e' } })
  assert.match(textOf(page), /Allow an unnamed app/)
})

test('beside the name of a client stands the host of its client id', () => {
  const client = { ...DATA.client, origin: { kind: 'document', host: 'client.example' } } as const
  assert.deepEqual(read(render({ client }), 'h1'), [
    'Allow Claude Code verified domain client.example to use Team notes?',
  ])
})

test('beside the name of a client that registered itself stands that it is unverified', () => {
  assert.deepEqual(read(render(), 'h1'), ['Allow Claude Code unverified to use Team notes?'])
})

test('beside the name of a configured client stands that the administrator registered it', () => {
  const page = render({ client: { ...DATA.client, origin: { kind: 'configured' } } })
  assert.deepEqual(read(page, '.standing'), ['registered by your administrator'])
})

test('the page names who runs the server: the branding, or else the host of the issuer', () => {
  assert.deepEqual(read(render(), 'header'), ['auth.example.com'])
  const site = { ...SITE, name: 'Acme', operator: 'Acme' }
  assert.deepEqual(read(render({}, { ...FRAME, site }), 'header'), ['Acme'])
})

// MCP 2025-11-25 authorization, Localhost Redirect URI Risks: the redirect host MUST be displayed.
test('A17: the page shows the host that gets the answer before the buttons, and the full redirect URI', () => {
  const page = render({ answer: WEBSITE })
  assert.deepEqual(read(page, '.next strong'), ['callback.example'])
  assert.deepEqual(read(page, '.caution'), [])
  assert.ok(read(page, 'details dd').includes(WEBSITE.redirectUri))
  const order = page.innerHTML
  assert.ok(order.indexOf('class="next"') < order.indexOf('class="actions'))
})

test('A17: a long redirect host is shown in full, including its end', () => {
  const host = `accounts.google.com.${'a'.repeat(200)}.evil.example`
  const answer = { ...WEBSITE, target: { kind: 'https', host } } as const
  assert.deepEqual(read(render({ answer }), '.next strong'), [host])
})

test('A18: an answer to this computer comes with one calm line that says what counts', () => {
  const page = render()
  assert.deepEqual(read(page, '.next'), [
    'You’ll sign in with Acme SSO, then return to an app on this computer (127.0.0.1:33418). Allow only if you started this.',
  ])
  assert.deepEqual(read(page, '.caution'), [])
  assert.match(textOf(page), /This server cannot tell which program listens there/)
})

test('A18: a website that passes the answer on is named, and where it passes it', () => {
  const page = render({ answer: { ...WEBSITE, isForwarded: true }, account: ACCOUNT })
  assert.deepEqual(read(page, '.next'), [
    'You’ll return to an app on this computer, through callback.example. Allow only if you started this.',
  ])
})

test('A27: a private-use redirect URI comes with a warning that names the scheme', () => {
  const page = render({
    answer: {
      target: { kind: 'private-use', scheme: 'cursor' },
      redirectUri: 'cursor://callback',
      isForwarded: false,
    },
    client: { ...DATA.client, warnings: [{ kind: 'private-use', scheme: 'cursor' }] },
  })
  assert.deepEqual(read(page, '.caution'), ['Careful: any app can claim cursor: links.'])
  assert.match(textOf(page), /an app on this device\. Allow only if you started this/)
})

test('A29: an address that nobody knows comes with a warning', () => {
  const client = {
    ...DATA.client,
    warnings: [{ kind: 'unknown-address', host: 'callback.example' }],
  } as const
  assert.match(
    read(render({ client, answer: WEBSITE }), '.caution').join(),
    /nobody has verified this app or its address/,
  )
})

test('a name that imitates another comes with a warning that names the other', () => {
  const client = { ...DATA.client, warnings: [{ kind: 'imitates', name: 'Claude' }] } as const
  const page = render({ client })
  assert.match(read(page, '.caution').join(), /this may not be Claude\. Deny if unsure/)
  // One of the two says what to do.
  assert.doesNotMatch(textOf(page), /Allow only if/)
})

test('permissions are in groups: about the person, at the MCP server, and what that does upstream', () => {
  const page = render({ upstream: { name: 'Acme SSO', scopes: ['repo', 'files.read'] } })
  assert.deepEqual(read(page, '.permissions h2'), [
    'About you',
    'In Team notes',
    'In Acme SSO, through Team notes',
  ])
  assert.deepEqual(read(page, '.permissions li'), [
    'Recognise you',
    'Read your notes',
    'Change your notes changes data',
    'repo',
    'files.read',
  ])
})

test('an MCP server that may use the account upstream is said to, even without names for what it may', () => {
  const page = render({ upstream: { name: 'Acme SSO', scopes: [] } })
  assert.match(textOf(page), /In Acme SSO, through Team notes Use your account/)
})

test('scopes that change or delete things are marked, and no others', () => {
  const scopes = [
    { name: 'r', description: 'Read' },
    { name: 'w', description: 'Change', risk: 'write' },
    { name: 'd', description: 'Remove', risk: 'delete' },
  ] as const
  const page = render({ scopes })
  assert.deepEqual(read(page, '.permissions li'), [
    'Read',
    'Change changes data',
    'Remove deletes data',
  ])
  assert.deepEqual(read(page, '.mark.write'), ['changes data'])
  assert.deepEqual(read(page, '.mark.delete'), ['deletes data'])
})

test('the page for a request without scopes says so, and has no empty list', () => {
  const page = render({ scopes: [] })
  assert.match(textOf(page), /asks for no specific permissions/)
  assert.equal(page.querySelector('ul'), null)
})

const MARCH = Date.parse('2026-03-03T10:00:00Z')
const NOTES = { name: 'notes:read', description: 'Read your notes' }

test('in a step-up, new permissions are marked, and those from before have the day of the approval', () => {
  const page = render({
    allowedScopes: [NOTES],
    scopes: [{ name: 'notes:write', description: 'Change your notes' }],
    earlier: { isRepeat: false, atMs: [MARCH] },
  })
  assert.deepEqual(read(page, '.permissions h2'), ['In Team notes new', 'Allowed on 3 March'])
  assert.deepEqual(read(page, '.permissions li'), ['Change your notes', 'Read your notes'])
})

test('a request for what was allowed before says when: the day, or none if it is not one known day', () => {
  const earlierLine = (...atMs: (number | undefined)[]) =>
    read(render({ account: ACCOUNT, earlier: { isRepeat: true, atMs } }), '.earlier')
  assert.deepEqual(earlierLine(MARCH, MARCH + 3_600_000), ['You allowed this on 3 March.'])
  assert.deepEqual(earlierLine(MARCH, MARCH + 86_400_000), ['You allowed this before.'])
  assert.deepEqual(earlierLine(MARCH, undefined), ['You allowed this before.'])
  assert.deepEqual(earlierLine(undefined, undefined), ['You allowed this before.'])
  const lastYear = Date.parse('2025-03-03T10:00:00Z')
  assert.deepEqual(earlierLine(lastYear), ['You allowed this on 3 March 2025.'])
  assert.deepEqual(read(render({ account: ACCOUNT }), '.earlier'), [])
})

test('nothing calms a person beside a warning', () => {
  const client = { ...DATA.client, warnings: [{ kind: 'imitates', name: 'Claude' }] } as const
  assert.deepEqual(
    read(render({ client, earlier: { isRepeat: true, atMs: [MARCH] } }), '.earlier'),
    [],
  )
})

test('a person who is not signed in reads where they will sign in', () => {
  const page = render()
  assert.match(textOf(page), /You’ll sign in with Acme SSO/)
  assert.equal(page.querySelector('header a'), null)
})

test('a person who is signed in sees the account, and a link to the page for another one', () => {
  const page = render({ account: ACCOUNT })
  assert.deepEqual(read(page, 'header .account'), ['Ada Byron (ada@example.com) Switch account'])
  assert.equal(page.querySelector('header a')?.getAttribute('href'), ACCOUNT.switchHref)
  assert.doesNotMatch(textOf(page), /sign in with/)
})

test('Allow and Deny are the only buttons; each has a form with the CSRF token', () => {
  for (const account of [undefined, ACCOUNT]) {
    const page = render({ account })
    assert.deepEqual(read(page, 'button'), ['Allow', 'Deny'])
    assert.deepEqual(buttons(page, DATA.form.approveAction), ['Allow'])
    assert.deepEqual(buttons(page, DATA.form.denyAction), ['Deny'])
    const tokens = page.querySelectorAll('form input[type=hidden][name=csrf_token]')
    assert.deepEqual(
      tokens.map((input) => input.getAttribute('value')),
      ['csrf-value', 'csrf-value'],
    )
  }
})

test('the form sends back the scopes that the page lists, and that the person wants another account', () => {
  const fields = (changes: Partial<ConsentPageData['form']>) =>
    render({ form: { ...DATA.form, ...changes } })
      .querySelectorAll(`form[action="${DATA.form.approveAction}"] input`)
      .map((input) => `${input.getAttribute('name')}=${input.getAttribute('value')}`)
      .slice(1)
  assert.deepEqual(fields({}), [])
  assert.deepEqual(fields({ keptScopes: ['a', 'b'] }), ['kept_scopes=a b'])
  assert.deepEqual(fields({ listedScopes: ['c'] }), ['listed_scopes=c'])
  // No scope at all is listed: that must not read as "all of them".
  assert.deepEqual(fields({ listedScopes: [] }), ['listed_scopes='])
  assert.deepEqual(fields({ choosesAnother: true }), ['account=another'])
})

test('below the buttons stands how long access lasts, with a link to the account page unless the operator has none', () => {
  const site = { ...SITE, accountPath: '/account' }
  const page = render({}, { ...FRAME, site })
  assert.match(
    textOf(page),
    /stays connected for up to 180 days, even while you are away\. You can end it at any time in your account\./,
  )
  assert.equal(page.querySelector('.fineprint a')?.getAttribute('href'), '/account')
  assert.equal(render().querySelector('.fineprint a'), null)
  const access = { isRenewed: false, seconds: 900, idleSeconds: 86_400 }
  assert.match(textOf(render({ access })), /Access lasts 15 minutes\./)
  assert.doesNotMatch(textOf(render({ access })), /stays connected/)
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

test('Details are closed, and hold addresses, names of scopes, client id, registration and the times', () => {
  const offline = { name: 'offline_access', description: 'Stay connected while you are away' }
  const page = render({ scopes: [...DATA.scopes, offline], allowedScopes: [NOTES] })
  assert.equal(page.querySelector('details')?.hasAttribute('open'), false)
  assert.deepEqual(read(page, 'details dd'), [
    `${DATA.answer.redirectUri} This server cannot tell which program listens there.`,
    DATA.resource.uri,
    'openid notes:read notes:write offline_access notes:read',
    'client-1',
    'The app registered itself.',
    'Ends after 30 days without use, and after 180 days at the latest.',
  ])
})

test('the page has no script and no inline style, and loads only the stylesheet and the icon', () => {
  const page = render({ account: ACCOUNT })
  assert.deepEqual(page.querySelectorAll('script, style, [style], [src], iframe, object'), [])
  assert.deepEqual(
    page.querySelectorAll('[href]').map((element) => element.getAttribute('href')),
    [FRAME.site.stylesheet.path, FRAME.site.favicon.path, ACCOUNT.switchHref],
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
