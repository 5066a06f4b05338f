// Names, texts and addresses of strangers as markup: cut, isolated from the text beside them, and escaped.

import type { ClientOrigin } from '../../domain/known-clients.ts'
import { toDisplayName, toDisplayText } from './display-text.ts'
import { type Html, html } from './html.ts'
import type { Catalogue } from './locales/catalogue.ts'

export const NAME_MAX_CHARACTERS = 80

export function name(value: string): Html {
  return html`<bdi>${toDisplayName(value, NAME_MAX_CHARACTERS)}</bdi>`
}

function text(value: string): Html {
  return html`<bdi>${toDisplayText(value)}</bdi>`
}

// Never cut: the end of a host name shows who owns it.
export function address(value: string): Html {
  return html`<bdi dir="ltr" class="address">${toDisplayText(value)}</bdi>`
}

/** Where a client comes from, in one paragraph or two. */
export function describeOrigin(origin: ClientOrigin, words: Catalogue['consent']): Html {
  switch (origin.kind) {
    case 'document':
      return html`<p class="value">${address(origin.host)}</p>
<p>${words.nameFromDocument}</p>`
    case 'registered':
      return html`<p><strong class="tag">${words.notVerified}</strong> ${words.registeredItself}</p>`
    case 'configured':
      return html`<p>${words.setUpByOperator}</p>`
  }
}

export interface Scope {
  readonly name: string
  readonly description: string
}

export function scopeList(scopes: readonly Scope[]): Html {
  return html`<ul>
${scopes.map((scope) => html`<li>${text(scope.description)} <code class="fine"><bdi>${toDisplayText(scope.name)}</bdi></code></li>\n`)}</ul>`
}

/** Scopes of somebody else, of which only the names are known. */
export function scopeNames(scopes: readonly string[]): Html {
  return html`<ul>
${scopes.map((scope) => html`<li><code><bdi>${toDisplayText(scope)}</bdi></code></li>\n`)}</ul>`
}
