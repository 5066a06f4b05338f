// The types ensure that every language has every sentence. These tests ensure that each sentence is
// translated.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES } from '../../../../src/config/language.ts'
import { AppError, type AppErrorCode } from '../../../../src/errors.ts'
import { FAULTS } from '../../../../src/faults.ts'
import { html, toMarkup } from '../../../../src/http/views/html.ts'
import type { Catalogue } from '../../../../src/http/views/locales/catalogue.ts'
import { CATALOGUES } from '../../../../src/http/views/locales/catalogues.ts'

/** Every sentence by its path. Numbered placeholders stand in for arguments. */
function sentencesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]])
  if (typeof value === 'function') {
    const marks = Array.from({ length: value.length }, (_, index) => `{${index}}`)
    const isTitle = path.endsWith('title') || path.endsWith('faultDetail')
    const sentence = value(...marks.map((mark) => (isTitle ? mark : html`${mark}`)))
    return new Map([[path, typeof sentence === 'string' ? sentence : toMarkup(sentence)]])
  }
  const entries = Object.entries(value as object).filter(
    ([key]) => !['describeFault', 'direction'].includes(key),
  )
  return new Map(entries.flatMap(([key, inner]) => [...sentencesOf(inner, `${path}.${key}`)]))
}

function wordsOf(catalogue: Catalogue): Map<string, string> {
  const codes = Object.keys(FAULTS) as AppErrorCode[]
  const faults = codes.map((code) => [code, catalogue.describeFault(new AppError(code))])
  return sentencesOf({ ...catalogue, faults: Object.fromEntries(faults) })
}

const english = wordsOf(CATALOGUES.en)
assert.ok(english.size > 80, `${english.size}`)

for (const language of LANGUAGES.filter((one) => one !== 'en')) {
  const words = wordsOf(CATALOGUES[language])

  test(`no sentence of "${language}" is English`, () => {
    const same = [...words].filter(([path, sentence]) => english.get(path) === sentence)
    assert.deepEqual(same, [])
  })

  test(`every sentence of "${language}" contains the same arguments as in English`, () => {
    for (const [path, sentence] of words) {
      const marks = (text: string) => (text.match(/\{\d\}/g) ?? []).toSorted()
      assert.deepEqual(marks(sentence), marks(english.get(path) ?? sentence), path)
      assert.equal(sentence, sentence.trim(), path)
    }
  })

  test(`"${language}" has no more next steps than English`, () => {
    for (const path of words.keys()) assert.ok(english.has(path), path)
  })
}

test('every language shows the reason of a fault, with a single period at its end', () => {
  const fault = new AppError('client_document_refused', { detail: 'Its client_name is missing.' })
  for (const { language, describeFault } of Object.values(CATALOGUES)) {
    assert.match(
      describeFault(fault).message,
      /[^.。][.。] .*Its client_name is missing\.$/,
      language,
    )
  }
})

test('a catalogue has the language of its key', () => {
  for (const language of LANGUAGES) assert.equal(CATALOGUES[language].language, language)
})
