import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { renderLandingPage } from '../../../../src/http/views/landing-page.ts'
import { FRAME } from '../../../support/page-frame.ts'

const paths = {
  oauthMetadata: '/oauth',
  openidMetadata: '/openid',
  keys: '/keys',
  isAlive: '/alive',
  isReady: '/ready',
}

const render = (site: Partial<typeof FRAME.site> = {}) =>
  parse(renderLandingPage({ paths }, { ...FRAME, site: { ...FRAME.site, ...site } }))

test('the page names the server, by the operator’s name, else by its host, and says what it is for', () => {
  assert.equal(render().querySelector('header')?.text.trim(), 'auth.example.com')
  assert.equal(render({ operator: 'Acme' }).querySelector('header')?.text.trim(), 'Acme')
  assert.equal(render().querySelector('h1')?.text, 'This is where apps sign you in')
})

test('the page links to the account page, unless the operator links to it elsewhere', () => {
  assert.equal(render().querySelector('main .actions'), null)
  const page = render({ accountPath: '/account' })
  assert.equal(page.querySelector('main .actions a')?.getAttribute('href'), '/account')
})

test('the page links to the metadata, the keys and the health probes, for operators', () => {
  const links = render().querySelectorAll('details li a')
  assert.deepEqual(
    links.map((link) => link.getAttribute('href')),
    Object.values(paths),
  )
})

test('the page has no script and no inline style', () => {
  assert.deepEqual(render().querySelectorAll('script, style, [style], [src]'), [])
})
