// The operator's branding and the language of the page that a request gets. The language is the one that
// the client asks for (`ui_locales`), else the one that the browser prefers, else English. `pt-PT` gets Brazilian
// Portuguese, and `de-AT` German: people read another variant of their language rather than English.
import type { Context } from 'koa'
import { LANGUAGES, type Language } from '../config/language.ts'
import { requestState } from './request-state.ts'
import type { PageFrame } from './views/layout.ts'
import { CATALOGUES } from './views/locales/catalogues.ts'

export function createPageFrame(ctx: Context): PageFrame {
  return { site: requestState(ctx).site, catalogue: CATALOGUES[chooseLanguage(ctx)] }
}

function chooseLanguage(ctx: Context): Language {
  // OpenID Connect Core §3.1.2.1: tags separated by spaces, preferred first
  const wanted = requestState(ctx).uiLocales ?? [ctx.query['ui_locales']].flat().join(' ')
  return findLanguage(wanted.split(' ')) ?? findLanguage(ctx.acceptsLanguages()) ?? 'en'
}

// Some clients send the name of a POSIX locale: `pt_BR`.
const primaryOf = (tag: string) => tag.toLowerCase().split(/[-_]/, 1)[0]
const BY_PRIMARY = new Map(LANGUAGES.map((language) => [primaryOf(language), language]))

/** @param tags BCP 47 language tags, preferred first */
function findLanguage(tags: readonly string[]): Language | undefined {
  for (const tag of tags) {
    const found = BY_PRIMARY.get(primaryOf(tag))
    if (found) return found
  }
  return undefined
}
