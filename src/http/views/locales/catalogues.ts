import type { Language } from '../../../config/language.ts'
import type { Catalogue } from './catalogue.ts'
import { de } from './de/de.ts'
import { en } from './en/en.ts'
import { es } from './es/es.ts'
import { fr } from './fr/fr.ts'
import { ja } from './ja/ja.ts'
import { ptBr } from './pt-br/pt-br.ts'

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = {
  en,
  de,
  es,
  fr,
  ja,
  'pt-BR': ptBr,
}
