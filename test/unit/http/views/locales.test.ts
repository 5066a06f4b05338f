// The types ensure that every language has every sentence. These tests ensure that each sentence is
// translated.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LANGUAGES } from '../../../../src/config/language.ts'
import { html, toMarkup } from '../../../../src/http/views/html.ts'
import { CATALOGUES } from '../../../../src/http/views/locales/catalogues.ts'

/** Every sentence by its path. Numbered placeholders stand in for arguments. */
function sentencesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]])
  if (typeof value === 'function') {
    const marks = Array.from({ length: value.length }, (_, index) => `{${index}}`)
    const isTitle = path.endsWith('title')
    const sentence = value(...marks.map((mark) => (isTitle ? mark : html`${mark}`)))
    return new Map([[path, typeof sentence === 'string' ? sentence : toMarkup(sentence)]])
  }
  const entries = Object.entries(value as object).filter(([key]) => key !== 'direction')
  return new Map(entries.flatMap(([key, inner]) => [...sentencesOf(inner, `${path}.${key}`)]))
}

const english = sentencesOf(CATALOGUES.en)
assert.ok(english.size > 80, `${english.size}`)

for (const language of LANGUAGES.filter((one) => one !== 'en')) {
  const words = sentencesOf(CATALOGUES[language])

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

  test(`"${language}" has the same next steps as English`, () => {
    assert.deepEqual([...words.keys()].toSorted(), [...english.keys()].toSorted())
  })
}

test('a catalogue has the language of its key', () => {
  for (const language of LANGUAGES) assert.equal(CATALOGUES[language].language, language)
})
