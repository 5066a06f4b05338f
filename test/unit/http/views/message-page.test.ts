import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { type MessagePageData, renderMessagePage } from '../../../../src/http/views/message-page.ts'
import { FRAME } from '../../../support/page-frame.ts'

const DATA: MessagePageData = {
  title: 'This sign-in has expired',
  message: 'You took longer than ten minutes.',
  nextSteps: ['Go back to the application.', 'Start again.'],
  reference: 'K7QM-2F9D',
  actions: [
    { label: 'Start again', href: '/again?a=1&b=2', kind: 'primary' },
    { label: 'Sign out', href: '/out', kind: 'secondary' },
  ],
}

function render(changes: Partial<MessagePageData> = {}) {
  return parse(renderMessagePage({ ...DATA, ...changes }, FRAME))
}

test('the page shows the message and each next step', () => {
  const page = render()
  assert.equal(page.querySelector('title')?.textContent, DATA.title)
  assert.equal(page.querySelector('h1')?.textContent, DATA.title)
  assert.match(page.textContent, /You took longer than ten minutes\./)
  assert.deepEqual(
    page.querySelectorAll('li').map((item) => item.textContent),
    DATA.nextSteps,
  )
})

test('the page shows the reference if there is one', () => {
  assert.equal(render().querySelector('code')?.textContent, 'K7QM-2F9D')
  assert.doesNotMatch(render({ reference: undefined }).textContent, /reference/)
})

test('actions are links, with a class for primary or secondary', () => {
  const page = render()
  assert.equal(page.querySelector('a.primary')?.getAttribute('href'), '/again?a=1&b=2')
  assert.equal(page.querySelector('a.secondary')?.textContent, 'Sign out')
})

test('a message without next steps or actions has no empty list or heading', () => {
  const page = render({ nextSteps: [], actions: [] })
  assert.equal(page.querySelector('ul, h2, .actions'), null)
})

test('no field can add an element or an attribute', () => {
  const hostile = `"><script>alert('1')</script>&amp;`
  const page = render({
    title: hostile,
    message: hostile,
    nextSteps: [hostile],
    reference: hostile,
    actions: [{ label: hostile, href: hostile, kind: 'primary' }],
  })
  assert.equal(page.querySelector('script, [onerror]'), null)
  assert.equal(page.querySelector('h1')?.textContent, hostile)
  assert.equal(page.querySelector('a')?.getAttribute('href'), hostile)
})

test('the page has no script and no inline style, and loads only the stylesheet', () => {
  const page = render()
  assert.deepEqual(page.querySelectorAll('script, style, [style], [src]'), [])
  assert.equal(page.querySelector('link')?.getAttribute('href'), FRAME.site.stylesheet.path)
})
