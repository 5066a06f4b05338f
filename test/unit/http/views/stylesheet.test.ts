import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createStylesheet } from '../../../../src/http/views/stylesheet.ts'

const { text: STYLESHEET, path: STYLESHEET_PATH } = createStylesheet()

const DARK_QUERY = '@media (prefers-color-scheme: dark)'
const [light = '', dark = ''] = STYLESHEET.split(DARK_QUERY)

// WCAG 2.2: 1.4.3 requires 4.5 for text, and 1.4.11 requires 3 for the edge of a control.
const CONTRASTS = [
  ['ink', 'page', 4.5],
  ['ink', 'card', 4.5],
  ['ink', 'hover', 4.5],
  ['muted', 'card', 4.5],
  ['accent', 'card', 4.5],
  ['on-accent', 'accent', 4.5],
  ['on-accent', 'accent-strong', 4.5],
  ['caution-ink', 'caution-fill', 4.5],
  ['edge', 'card', 3],
] as const

for (const [theme, css] of Object.entries({ light, dark })) {
  for (const [foreground, background, minimum] of CONTRASTS) {
    test(`${foreground} on ${background} has a contrast of at least ${minimum} in the ${theme} theme`, () => {
      const ratio = contrast(colour(css, foreground), colour(css, background))
      assert.ok(ratio >= minimum, `${ratio.toFixed(2)}`)
    })
  }
}

test('the path contains the first twelve hexadecimal digits of the SHA-256 of the text', () => {
  const digest = createHash('sha256').update(STYLESHEET).digest('hex')
  assert.equal(STYLESHEET_PATH, `/assets/style-${digest.slice(0, 12)}.css`)
})

test('no style names the left or the right side, so pages in a right-to-left language are mirrored', () => {
  assert.doesNotMatch(STYLESHEET, /[-\s](?:left|right)\b/)
})

test('lines of Japanese headings end between phrases', () => {
  assert.match(STYLESHEET, /:lang\(ja\) :is\(h1, h2, \.button\) \{ word-break: auto-phrase; \}/)
})

test('the stylesheet fetches nothing', () => {
  assert.doesNotMatch(STYLESHEET, /url\(|@import|@font-face/)
})

const [always = ''] = STYLESHEET.split('@media (prefers-reduced-motion: no-preference)')
const COVER = /@media \(hover: hover\) \{\n(?: {2}.*\n)+\}\n/

test('nothing moves for a person who prefers reduced motion', () => {
  assert.doesNotMatch(always.replace(COVER, ''), /transition|animation|@keyframes/)
})

test('the cover over the buttons is timed for everybody, and changes nothing that is seen', () => {
  const [cover = ''] = COVER.exec(always) ?? []
  assert.match(cover, /animation: [\w-]+ 800ms;/)
  const frames = [...cover.matchAll(/@keyframes [\w-]+ \{(.*)\}/g)].map(([, frame]) =>
    frame?.trim(),
  )
  assert.deepEqual(frames, Array(2).fill('from, to { visibility: visible; }'))
  assert.doesNotMatch(cover, /background|opacity|colour|transform/)
})

function colour(css: string, property: string): string {
  const found = css.match(new RegExp(`--${property}: #([0-9a-f]{6});`))?.[1]
  assert.ok(found, `--${property} must be a six-digit colour`)
  return found
}

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
