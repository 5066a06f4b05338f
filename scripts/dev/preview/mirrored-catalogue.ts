// A catalogue for a language that is written from right to left, made of the English one: no language of ours is, and
// pages must be ready for one. Each word is shown in reverse (as in CLDR's pseudo-locale ar-XB), and arguments are as given.
import { type Html, html, toMarkup } from '../../../src/http/views/html.ts'
import type { Catalogue } from '../../../src/http/views/locales/catalogue.ts'
import { en } from '../../../src/http/views/locales/en/en.ts'

const RIGHT_TO_LEFT_OVERRIDE = '\u202e'
const POP = '\u202c'

function mirror(value: unknown): unknown {
  if (typeof value === 'string') return mirrorWords(value)
  if (typeof value === 'function') return mirrorSentence(value as Sentence)
  if (isMarkup(value)) return fill(mirrorWords(toMarkup(value)), [])
  if (Array.isArray(value)) return value.map(mirror)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mirror(inner)]))
}

type Sentence = (...args: unknown[]) => unknown

function mirrorSentence(sentence: Sentence): Sentence {
  return (...args) => {
    if (!args.every(isText)) return mirror(sentence(...args))
    // Numbered marks keep the places of the arguments, whose words stay as they are.
    const marked = sentence(...args.map((_, at) => `{${at}}`))
    if (typeof marked === 'string') {
      return mirrorWords(marked).replaceAll(MARK, (_, at) => String(args[at]))
    }
    return isMarkup(marked) ? fill(mirrorWords(toMarkup(marked)), args) : mirror(sentence(...args))
  }
}

const MARK = /\{(\d)\}/g

const isMarkup = (value: unknown): value is Html =>
  typeof value === 'object' && value !== null && Object.getOwnPropertySymbols(value).length === 1

const isText = (value: unknown): value is string | Html =>
  typeof value === 'string' || isMarkup(value)

/** Marks, tags and white space stay. */
function mirrorWords(text: string): string {
  return text.replaceAll(/\{\d\}|<[^>]*>|[^\s{<]+/g, (part) =>
    /^[{<]/.test(part) ? part : `${RIGHT_TO_LEFT_OVERRIDE}${part}${POP}`,
  )
}

function fill(markup: string, args: readonly (string | Html)[]): Html {
  const parts = markup.split(MARK)
  const texts = parts.filter((_, at) => at % 2 === 0)
  const values = parts.filter((_, at) => at % 2 === 1).map((at) => args[Number(at)])
  return html(Object.assign(texts, { raw: texts }), ...values)
}

/** Its language is English, for dates and screen readers. */
export const MIRRORED: Catalogue = {
  ...(mirror(en) as Catalogue),
  language: en.language,
  direction: 'rtl',
}
