import type { Language } from '../../../config/language.ts'
import type { Catalogue } from './catalogue.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, de, es }
