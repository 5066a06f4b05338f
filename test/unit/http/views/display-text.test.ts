import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDisplayName, toDisplayText } from '../../../../src/http/views/display-text.ts'

const HIDDEN = {
  'a null character': '\u0000',
  'an escape character': '\u001b',
  'a right-to-left override': '\u202e',
  'a right-to-left isolate': '\u2067',
  'a pop directional isolate': '\u2069',
  'an Arabic letter mark': '\u061c',
  'a zero-width space': '\u200b',
  'a zero-width joiner': '\u200d',
  'a soft hyphen': '\u00ad',
  'a Hangul filler': '\u3164',
  'a tag character': '\u{e0041}',
  'a lone surrogate': '\ud800',
}

for (const [name, character] of Object.entries(HIDDEN)) {
  test(`${name} is not displayed`, () => {
    assert.equal(toDisplayText(`pay${character}pal`), 'paypal')
  })
}

test('a text of only hidden characters becomes empty', () => {
  assert.equal(toDisplayText(Object.values(HIDDEN).join(' ')), '')
})

test('a line break or a run of spaces becomes one space', () => {
  assert.equal(toDisplayText('  Claude\r\n\u2028\t \u00a0 (verified) \u200b '), 'Claude (verified)')
})

test('stacked combining marks are limited, and ordinary ones remain', () => {
  assert.equal(toDisplayText(`a${'\u0301'.repeat(60)}`), `a${'\u0301'.repeat(4)}`)
  assert.equal(toDisplayText('Việt हिन्दी'), 'Việt हिन्दी')
})

test('a name of the maximum length remains whole, and a longer name ends in an ellipsis', () => {
  assert.equal(toDisplayName('x'.repeat(80), 80), 'x'.repeat(80))
  assert.equal(toDisplayName('x'.repeat(81), 80), `${'x'.repeat(79)}…`)
})

test('a cut never splits a character in two', () => {
  assert.equal(toDisplayName('😀'.repeat(5), 3), '😀😀…')
})
