import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { type MessagePageData, renderMessagePage } from '../../../../src/http/views/message-page.ts'
import { FRAME } from '../../../support/page-frame.ts'

const DATA: MessagePageData = {
  title: 'You are signed out',
  message: 'Nobody is signed in here with this browser.',
  advice: ['Go on only if you know the address.', 'Or close this page.'],
  actions: [
    { label: 'Start again', href: '/again?a=1&b=2', kind: 'primary' },
    { label: 'Sign out', href: '/out', kind: 'secondary' },
  ],
}

function render(changes: Partial<MessagePageData> = {}) {
  return parse(renderMessagePage({ ...DATA, ...changes }, FRAME))
}

test('the page shows the message and each piece of advice', () => {
  const page = render()
  assert.equal(page.querySelector('title')?.textContent, DATA.title)
  assert.equal(page.querySelector('h1')?.textContent, DATA.title)
  assert.match(page.textContent, /Nobody is signed in here/)
  assert.deepEqual(
    page.querySelectorAll('li').map((item) => item.textContent),
    DATA.advice,
  )
})

test('actions are links, with a class for primary or secondary', () => {
  const page = render()
  assert.equal(page.querySelector('a.primary')?.getAttribute('href'), '/again?a=1&b=2')
  assert.equal(page.querySelector('a.secondary')?.textContent, 'Sign out')
})

test('a message without advice or actions has no empty list or heading', () => {
  const page = render({ advice: [], actions: [] })
  assert.equal(page.querySelector('ul, h2, .actions'), null)
})

test('no field can add an element or an attribute', () => {
  const hostile = `"><script>alert('1')</script>&amp;`
  const page = render({
    title: hostile,
    message: hostile,
    advice: [hostile],
    actions: [{ label: hostile, href: hostile, kind: 'primary' }],
  })
  assert.equal(page.querySelector('script, [onerror]'), null)
  assert.equal(page.querySelector('h1')?.textContent, hostile)
  assert.equal(page.querySelector('a')?.getAttribute('href'), hostile)
})

test('the page has no script and no inline style, and loads only the stylesheet', () => {
  const page = render()
  assert.deepEqual(page.querySelectorAll('script, style, [style], [src]'), [])
  const { favicon, stylesheet } = FRAME.site
  const links = page.querySelectorAll('link').map((link) => link.getAttribute('href'))
  assert.deepEqual(links, [stylesheet.path, favicon.path])
})
