// The languages that the pages speak; their words are http/views/locales.
import { z } from 'zod'

export const LANGUAGES = ['en', 'de', 'es'] as const

export type Language = (typeof LANGUAGES)[number]

const line = z.string().min(1, 'must describe the scope in one line')

/** One line for people: the same in every language, or one for each, where English stands in for the rest. */
export const localisedLine = z.union(
  [line, z.strictObject({ en: line, de: line.optional(), es: line.optional() })],
  'must be one line, or lines by language: { "en": …, "de": …, "es": … }, of which en must be there',
)

export type LocalisedLine = z.infer<typeof localisedLine>

export function selectTranslation(language: Language, text: LocalisedLine): string {
  return typeof text === 'string' ? text : (text[language] ?? text.en)
}
