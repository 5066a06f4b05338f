import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { type RefusalPageData, renderRefusalPage } from '../../../../src/http/views/refusal-page.ts'
import { FRAME } from '../../../support/page-frame.ts'

const DATA: RefusalPageData = {
  account: 'Ida Rhodes (ida@example.com)',
  upstreamName: 'Example sign-in',
  resourceName: 'CRM',
  mayUseResource: false,
  contact: undefined,
  anotherAccount: { kind: 'page', href: '/interaction/u?account=another' },
  denyAction: '/interaction/u/deny',
  csrfToken: 'token',
  incident: {
    symptom: 'account-has-no-access',
    reference: '0a1b2c3d4e',
    atMs: 0,
    error: 'access_denied: The access rules of this server do not allow this account.',
  },
}

const render = (changes: Partial<RefusalPageData> = {}) =>
  parse(renderRefusalPage({ ...DATA, ...changes }, FRAME))

const CONTACTS: Readonly<Record<string, string | undefined>> = {
  'help@example.com': 'mailto:help@example.com',
  'https://example.com/help?a=1&b=2': 'https://example.com/help?a=1&b=2',
  'the help desk (help@example.com)': undefined,
  'javascript:alert(1)': undefined,
  'http://example.com/': undefined,
  'https://example.com/"><script>alert(1)</script>': undefined,
  'help@example.com?subject=x': undefined,
}

for (const [contact, href] of Object.entries(CONTACTS)) {
  test(`whom to ask is shown as it was written: ${contact} ${href ? 'as a link' : 'as text'}`, () => {
    const page = render({ contact })
    const item = page.querySelectorAll('li')[1]
    assert.equal(item?.textContent, `To get access, ask ${contact}.`)
    assert.equal(item?.querySelector('a')?.getAttribute('href'), href)
    assert.equal(page.querySelector('script'), null)
  })
}

test('without a contact, the page names the people who run the server', () => {
  assert.match(render().textContent, /ask the people who run this server/)
})

test('the page is short: at most sixty words before its buttons', () => {
  const text = render({ mayUseResource: true }).querySelector('main')?.textContent ?? ''
  const [before = ''] = text.split('Use another account')
  assert.ok(before.split(/\s+/).length <= 60, before)
})

test('another account is a link before the person has allowed the client, and a form after', () => {
  const link = render().querySelector('a.primary')
  assert.equal(link?.getAttribute('href'), '/interaction/u?account=another')
  const form = render({ anotherAccount: { kind: 'form', action: '/interaction/u/approve' } })
  const [approve, deny] = form.querySelectorAll('form')
  assert.equal(approve?.getAttribute('action'), '/interaction/u/approve')
  assert.equal(deny?.getAttribute('action'), '/interaction/u/deny')
  assert.equal(form.querySelectorAll('input[name=csrf_token][value=token]').length, 2)
})

test('no field can add an element or an attribute', () => {
  const hostile = `"><script>alert('1')</script>&amp;`
  const page = render({
    account: hostile,
    upstreamName: hostile,
    resourceName: hostile,
    contact: hostile,
    csrfToken: hostile,
    incident: { ...DATA.incident, reference: hostile, error: hostile },
    denyAction: hostile,
    anotherAccount: { kind: 'page', href: hostile },
  })
  assert.equal(page.querySelector('script'), null)
  assert.equal(page.querySelectorAll('a, button, input').length, 3)
})

test('a long name of an account is cut', () => {
  assert.ok(
    (render({ account: 'x'.repeat(500) }).querySelector('strong')?.textContent ?? '').length <= 80,
  )
})
