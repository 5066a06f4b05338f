// The operator's branding and the language of the page that a request gets. The language is the one that
// the client asks for (`ui_locales`), else the one that the browser prefers, else English.
import type { Context } from 'koa'
import { LANGUAGES, type Language } from '../config/language.ts'
import { requestState } from './request-state.ts'
import type { PageFrame } from './views/layout.ts'
import { CATALOGUES } from './views/locales/catalogues.ts'

export function createPageFrame(ctx: Context): PageFrame {
  return { site: requestState(ctx).site, catalogue: CATALOGUES[chooseLanguage(ctx)] }
}

function chooseLanguage(ctx: Context): Language {
  const wanted = requestState(ctx).uiLocales ?? [ctx.query['ui_locales']].flat().join(' ')
  const accepted = ctx.acceptsLanguages([...LANGUAGES])
  return findLanguage(wanted) ?? LANGUAGES.find((language) => language === accepted) ?? 'en'
}

/** @param tags BCP 47 language tags, separated by spaces, preferred first (OpenID Connect Core §3.1.2.1) */
function findLanguage(tags: string): Language | undefined {
  for (const tag of tags.toLowerCase().split(' ')) {
    const found = LANGUAGES.find((language) => tag.split('-', 1)[0] === language)
    if (found) return found
  }
  return undefined
}
