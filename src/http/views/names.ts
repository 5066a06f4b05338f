// Names, texts and addresses of strangers as markup: cut, isolated from the text beside them, and escaped.

import type { ScopeRisk } from '../../config/consent/scope-text.ts'
import { selectTranslation } from '../../config/language.ts'
import type { ClientOrigin } from '../../domain/known-clients.ts'
import type { ResourceServer } from '../../domain/resource-server.ts'
import { toDisplayName, toDisplayText } from './display-text.ts'
import { type Html, html } from './html.ts'
import type { Catalogue } from './locales/catalogue.ts'
import type { ConsentWords } from './locales/consent-words.ts'

export const NAME_MAX_CHARACTERS = 80

export function name(value: string): Html {
  return html`<bdi>${toDisplayName(value, NAME_MAX_CHARACTERS)}</bdi>`
}

// Never cut: the end of a host name shows who owns it.
export function address(value: string): Html {
  return html`<bdi dir="ltr" class="address">${toDisplayText(value)}</bdi>`
}

/** The party that vouches for a client. The draft of Client ID Metadata Documents wants the host of the client id displayed. */
export function standing(origin: ClientOrigin, words: ConsentWords): Html {
  return html`<span class="standing">${describeStanding(origin, words)}</span>`
}

function describeStanding(origin: ClientOrigin, words: ConsentWords): Html | string {
  switch (origin.kind) {
    case 'document':
      return words.verifiedDomain(address(origin.host))
    case 'registered':
      return words.unverified
    case 'configured':
      return words.registeredByAdministrator
  }
}

export interface Scope {
  readonly name: string
  readonly description: string
  readonly risk?: ScopeRisk | undefined
}

/** Each scope with its description in the catalogue's language; a scope without one shows its name. */
export function localiseScopes(
  scopes: readonly string[],
  server: Pick<ResourceServer, 'scopes'>,
  { language, oidcLines }: Pick<Catalogue, 'language' | 'oidcLines'>,
): Scope[] {
  // A Map, because a scope may be named like a property of every object.
  const texts = new Map([...Object.entries(oidcLines), ...Object.entries(server.scopes)])
  return scopes.map((scope) => {
    const text = texts.get(scope) ?? scope
    const risk = typeof text === 'string' ? undefined : text.risk
    return { name: scope, description: selectTranslation(language, text), risk }
  })
}

/** Scopes in words. Scopes that change or delete things are marked. */
export function scopeItems(scopes: readonly Scope[], words: ConsentWords): Html[] {
  return scopes.map(
    ({ description, risk }) =>
      html`<li><bdi>${toDisplayText(description)}</bdi>${risk && html` <span class="mark ${risk}">${words.risks[risk]}</span>`}</li>\n`,
  )
}

/** Scopes of somebody else, of which only the names are known. */
export function scopeNames(scopes: readonly string[]): Html {
  return html`<ul>
${scopes.map((scope) => html`<li><code><bdi>${toDisplayText(scope)}</bdi></code></li>\n`)}</ul>`
}
