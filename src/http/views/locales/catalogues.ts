import type { Language } from '../../../config/language.ts'
import type { Catalogue } from './catalogue.ts'
import { de } from './de/de.ts'
import { en } from './en/en.ts'
import { es } from './es/es.ts'

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, de, es }
