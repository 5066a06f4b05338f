import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html, toMarkup } from '../../../../src/http/views/html.ts'

test('interpolated text is escaped, in content and in attributes', () => {
  const hostile = `<script>"&'`
  assert.equal(
    toMarkup(html`<p title="${hostile}">${hostile}</p>`),
    '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</p>',
  )
})

test('nested markup and lists of markup are not escaped again', () => {
  const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
  assert.equal(toMarkup(html`<ul>${items}</ul>`), '<ul><li>a</li><li>&lt;b&gt;</li></ul>')
})

test('text inside a list is escaped', () => {
  assert.equal(toMarkup(html`${['<', ['>']]}`), '&lt;&gt;')
})

test('undefined, false and an empty text render as nothing', () => {
  assert.equal(toMarkup(html`[${undefined}${false}${''}]`), '[]')
})

test('an object from JSON cannot pass for markup', () => {
  const forged = JSON.parse('{"markup":"<script>","Symbol(markup)":"<script>"}')
  assert.throws(() => toMarkup(html`${forged}`), TypeError)
})
