import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CARD_BACKGROUNDS, computeAccent, contrastOf } from '../../../src/config/accent.ts'
import { createStylesheet } from '../../../src/http/views/stylesheet.ts'

const colour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('any colour is readable in both themes, or is rejected for its contrast with white', () => {
  fc.assert(
    fc.property(colour, (given) => {
      const computed = computeAccent(given)
      assert.equal(computed === undefined, contrastOf(given, '#ffffff') < 4.5)
      if (!computed) return
      assert.equal(computed.light.accent, given)
      for (const theme of ['light', 'dark'] as const) {
        const { accent, accentStrong, onAccent } = computed[theme]
        const ratios = [
          contrastOf(accent, CARD_BACKGROUNDS[theme]),
          contrastOf(onAccent, accent),
          contrastOf(onAccent, accentStrong),
        ]
        assert.ok(Math.min(...ratios) >= 4.5, `${given} ${theme}: ${ratios}`)
      }
    }),
  )
})

test('the contrast is computed with the background colours of the stylesheet', () => {
  const [light = '', dark = ''] = createStylesheet().text.split('prefers-color-scheme: dark')
  assert.match(light, new RegExp(`--card: ${CARD_BACKGROUNDS.light};`))
  assert.match(dark, new RegExp(`--card: ${CARD_BACKGROUNDS.dark};`))
})

test('the stylesheet contains the accent colours, and its path changes with them', () => {
  const accent = computeAccent('#7A1FA2')
  const { text, path } = createStylesheet(accent)
  assert.match(text, /--accent: #7a1fa2;/)
  assert.ok(text.endsWith(`--on-accent: ${accent?.dark.onAccent}; } }\n`))
  assert.notEqual(path, createStylesheet().path)
})
