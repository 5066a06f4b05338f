// The types hold that every language says everything; here, that it says it in that language.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES } from '../../../../src/config/language.ts'
import { AppError } from '../../../../src/errors.ts'
import { html, toMarkup } from '../../../../src/http/views/html.ts'
import type { Catalogue } from '../../../../src/http/views/locales/catalogue.ts'
import { CATALOGUES } from '../../../../src/http/views/locales/catalogues.ts'
import { FAULTS_DE } from '../../../../src/http/views/locales/de-faults.ts'

/** Every sentence with its path; arguments are numbered marks. */
function sentencesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]])
  if (typeof value === 'function') {
    const marks = Array.from({ length: value.length }, (_, index) => `{${index}}`)
    const isTitle = path.endsWith('title') || path.endsWith('faultDetail')
    const said = value(...marks.map((mark) => (isTitle ? mark : html`${mark}`)))
    return new Map([[path, typeof said === 'string' ? said : toMarkup(said)]])
  }
  const entries = Object.entries(value as object).filter(([key]) => key !== 'describeFault')
  return new Map(entries.flatMap(([key, inner]) => [...sentencesOf(inner, `${path}.${key}`)]))
}

function wordsOf(catalogue: Catalogue): Map<string, string> {
  const codes = Object.keys(FAULTS_DE) as (keyof typeof FAULTS_DE)[]
  const faults = codes.map((code) => [code, catalogue.describeFault(new AppError(code))])
  return sentencesOf({ ...catalogue, faults: Object.fromEntries(faults) })
}

const english = wordsOf(CATALOGUES.en)
assert.ok(english.size > 80, `${english.size}`)

for (const language of LANGUAGES.filter((one) => one !== 'en')) {
  const words = wordsOf(CATALOGUES[language])

  test(`no sentence of "${language}" is English`, () => {
    const same = [...words].filter(([path, said]) => english.get(path) === said)
    assert.deepEqual(same, [])
  })

  test(`every sentence of "${language}" has a place for what it is about`, () => {
    for (const [path, said] of words) {
      const marks = (text: string) => (text.match(/\{\d\}/g) ?? []).toSorted()
      assert.deepEqual(marks(said), marks(english.get(path) ?? said), path)
      assert.equal(said, said.trim(), path)
    }
  })

  test(`"${language}" gives no more next steps than English`, () => {
    for (const path of words.keys()) assert.ok(english.has(path), path)
  })
}

test('every language tells the reason of a fault, and ends it with one period', () => {
  const fault = new AppError('client_document_refused', { detail: 'Its client_name is missing.' })
  for (const { language, describeFault } of Object.values(CATALOGUES)) {
    assert.match(describeFault(fault).message, /[^.]\. .*Its client_name is missing\.$/, language)
  }
})

test('a language is filed under its own name', () => {
  for (const language of LANGUAGES) assert.equal(CATALOGUES[language].language, language)
})
