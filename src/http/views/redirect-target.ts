// The address that a browser will go to, as a page names it before a person agrees.

import type { RedirectTarget } from '../../oauth/redirect-uri.ts'
import { type Html, html } from './html.ts'
import type { Catalogue } from './locales/catalogue.ts'
import { address } from './names.ts'

// MCP authorization, "Localhost Redirect URI Risks": the page displays the redirect host clearly, and warns
// about a host on this computer, where any program may listen.
export function describeTarget(target: RedirectTarget, words: Catalogue['consent']): Html {
  const caution = (warning: Html | string) =>
    html`<p class="caution"><strong>${words.careful}</strong> ${warning}</p>`
  switch (target.kind) {
    case 'https':
      return html`<p class="value">${address(target.host)}</p>`
    case 'loopback':
      return html`<p class="value">${address(target.host)}</p>
${caution(words.toLoopback)}`
    case 'private-use': {
      const scheme = address(`${target.scheme}:`)
      return html`<p class="value">${scheme}</p>
${caution(words.toPrivateUse(scheme))}`
    }
  }
}
