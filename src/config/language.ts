// The languages of the pages. Their words are in http/views/locales.
import { z } from 'zod'

/** BCP 47 tags, one for each primary language: http/page-frame.ts compares nothing else. */
export const LANGUAGES = ['en', 'de', 'es', 'fr', 'ja', 'pt-BR'] as const

export type Language = (typeof LANGUAGES)[number]

export const line = z.string().min(1, 'must describe the scope in one line')

/** A line in each language; English is the fallback. */
export const translations = {
  en: line,
  de: line.optional(),
  es: line.optional(),
  fr: line.optional(),
  ja: line.optional(),
  'pt-BR': line.optional(),
} satisfies Record<Language, unknown>

/** Text of the operator: one line for all languages, or one each. */
export const localisedLine = z.union(
  [line, z.strictObject(translations)],
  `must be one line, or one for each language with at least en: { "en": …, "de": … }. The languages are ${LANGUAGES.join(', ')}`,
)

export type LocalisedLine = z.infer<typeof localisedLine>

export function selectTranslation(language: Language, text: LocalisedLine): string {
  return typeof text === 'string' ? text : (text[language] ?? text.en)
}
