// The page that asks a person before anything is sent upstream: who asks, for what, where the
// answer goes, how they sign in. Every string on it may come from a stranger.

import type { RedirectTarget } from '../../domain/client-policy.ts'
import { toDisplayName, toDisplayText } from './display-text.ts'
import { type Html, html } from './html.ts'
import { renderLayout } from './layout.ts'

const NAME_MAX_CHARACTERS = 80

export interface ConsentPageData {
  /** As the client states it: any text, of any length. */
  readonly clientName: string
  readonly clientOrigin: ClientOrigin
  readonly redirectTarget: RedirectTarget
  readonly redirectUri: string
  readonly resource: { readonly name: string; readonly uri: string }
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
  readonly upstreamName: string
  /** Set when this browser is signed in already. */
  readonly account: { readonly label: string } | undefined
  readonly approveAction: string
  readonly denyAction: string
  readonly csrfToken: string
}

export type ClientOrigin =
  /** The client id is the address of a metadata document at this host. */
  | { readonly kind: 'document'; readonly host: string }
  /** Dynamic registration: nobody has verified the name. */
  | { readonly kind: 'registered' }
  | { readonly kind: 'configured' }

export function renderConsentPage(data: ConsentPageData): string {
  const clientName = toDisplayName(data.clientName, NAME_MAX_CHARACTERS) || 'an unnamed client'
  const content = html`<h1>Allow <bdi class="client">${clientName}</bdi> to use ${name(data.resource.name)}?</h1>
<section class="step">
<h2>Who is asking</h2>
${whoIsAsking(data.clientOrigin)}
</section>
<section class="step">
<h2>What it could do</h2>
${whatItCouldDo(data)}
</section>
<section class="step">
<h2>Where the answer goes</h2>
${whereTheAnswerGoes(data.redirectTarget)}
<p class="fine">Full address: ${address(data.redirectUri)}</p>
</section>
<section class="step">
<h2>How you sign in</h2>
${howYouSignIn(data)}
</section>
${actions(data)}
<p class="footnote">Nothing is shared unless you allow it. If you did not expect this page, deny.</p>`
  return renderLayout({ title: `Allow ${clientName}?`, content })
}

function whoIsAsking(origin: ClientOrigin): Html {
  switch (origin.kind) {
    case 'document':
      return html`<p class="value">${address(origin.host)}</p>
<p>The client’s name comes from a document published at this address.</p>`
    case 'registered':
      return html`<p><strong class="tag">Not verified</strong> This client registered itself; its name has not been verified.</p>`
    case 'configured':
      return html`<p>This client was set up by the operator of this server.</p>`
  }
}

function whatItCouldDo({ resource, scopes }: ConsentPageData): Html {
  return html`<p>At <strong>${name(resource.name)}</strong> <span class="fine">${address(resource.uri)}</span></p>
${
  scopes.length === 0
    ? html`<p>The request names no particular permission.</p>`
    : html`<ul>
${scopes.map((scope) => html`<li>${text(scope.description)} <code class="fine"><bdi>${toDisplayText(scope.name)}</bdi></code></li>\n`)}</ul>`
}`
}

// MCP authorization, Localhost Redirect URI Risks: the redirect host is clearly displayed, and a
// host on this computer, where any program may listen, gets a warning of its own.
function whereTheAnswerGoes(target: RedirectTarget): Html {
  switch (target.kind) {
    case 'https':
      return html`<p class="value">${address(target.host)}</p>`
    case 'loopback':
      return html`<p class="value">${address(target.host)}</p>
<p class="caution"><strong>Careful:</strong> the answer goes to a program on this computer, and this server cannot tell which one. Only continue if you started this sign-in yourself just now.</p>`
    case 'private-use':
      return html`<p class="value">${address(`${target.scheme}:`)}</p>
<p class="caution"><strong>Careful:</strong> the answer goes to an app on this device that handles ${address(`${target.scheme}:`)} links, and any app can claim those. Only continue if you started this sign-in yourself just now.</p>`
  }
}

function howYouSignIn({ account, upstreamName }: ConsentPageData): Html {
  if (account === undefined) {
    return html`<p>You will sign in with ${name(upstreamName)} once you allow this.</p>`
  }
  return html`<p>You are signed in as <strong>${name(account.label)}</strong> with ${name(upstreamName)}. You can allow with this account or with another.</p>`
}

function actions({ account, upstreamName, ...data }: ConsentPageData): Html {
  const csrf = html`<input type="hidden" name="csrf_token" value="${data.csrfToken}">`
  const allow = account ? 'Allow' : html`Allow and sign in with ${name(upstreamName)}`
  return html`<div class="actions">
<form method="post" action="${data.approveAction}">
${csrf}
<button class="button primary" type="submit">${allow}</button>
${account && html`<button class="button secondary" type="submit" name="account" value="another">Use another account</button>`}
</form>
<form method="post" action="${data.denyAction}">
${csrf}
<button class="button secondary" type="submit">Deny</button>
</form>
</div>`
}

function name(value: string): Html {
  return html`<bdi>${toDisplayName(value, NAME_MAX_CHARACTERS)}</bdi>`
}

function text(value: string): Html {
  return html`<bdi>${toDisplayText(value)}</bdi>`
}

// Never cut: the end of a host is the part that tells whose it is.
function address(value: string): Html {
  return html`<bdi dir="ltr" class="address">${toDisplayText(value)}</bdi>`
}
