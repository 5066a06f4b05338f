// The page that asks a person before anything is sent upstream: who is asking, for what, where the answer
// goes, and how they sign in. Every string on it may come from a stranger.

import { selectTranslation } from '../../config/language.ts'
import type { ClientOrigin } from '../../domain/known-clients.ts'
import type { ResourceServer } from '../../domain/resource-server.ts'
import type { RedirectTarget } from '../../oauth/redirect-uri.ts'
import { toDisplayName } from './display-text.ts'
import { type Html, html } from './html.ts'
import { type PageFrame, renderLayout } from './layout.ts'
import type { Catalogue } from './locales/catalogue.ts'
import {
  address,
  describeOrigin,
  NAME_MAX_CHARACTERS,
  name,
  type Scope,
  scopeList,
  scopeNames,
} from './names.ts'
import { describeTarget } from './redirect-target.ts'

export interface ConsentPageData {
  /** As the client states it: any text of any length. */
  readonly clientName: string
  readonly clientOrigin: ClientOrigin
  readonly redirectTarget: RedirectTarget
  readonly redirectUri: string
  readonly resource: { readonly name: string; readonly uri: string }
  readonly scopes: readonly Scope[]
  /** In a step-up: the scopes that were approved before and remain. */
  readonly allowedScopes: readonly Scope[]
  /** Those of `allowedScopes` that the request does not name; the form sends them back. */
  readonly keptScopes: readonly string[]
  /** The client gets a refresh token, whether or not it asks for `offline_access`. */
  /** Those of the request that the page lists, if the account may not grant all of them; the form sends them back. */
  readonly listedScopes: readonly string[] | undefined
  /** The person came here to use another account than that of this browser. */
  readonly choosesAnother: boolean
  readonly staysConnected: boolean
  readonly upstreamName: string
  /** What the MCP server may use at the upstream in the person's name. Undefined: nothing. */
  readonly upstreamScopes: readonly string[] | undefined
  /** Set if this browser is already signed in. */
  readonly account: { readonly label: string } | undefined
  readonly approveAction: string
  readonly denyAction: string
  readonly csrfToken: string
}

type Words = Catalogue['consent']

/** Each scope with its description in the catalogue's language; a scope without one shows its name. */
export function localiseScopes(
  scopes: readonly string[],
  server: Pick<ResourceServer, 'scopes'>,
  { language, oidcLines }: Pick<Catalogue, 'language' | 'oidcLines'>,
): Scope[] {
  // A Map, because a scope may be named like a property of every object.
  const lines = new Map([...Object.entries(oidcLines), ...Object.entries(server.scopes)])
  return scopes.map((name) => ({
    name,
    description: selectTranslation(language, lines.get(name) ?? name),
  }))
}

export function renderConsentPage(data: ConsentPageData, frame: PageFrame): string {
  const words = frame.catalogue.consent
  const clientName = toDisplayName(data.clientName, NAME_MAX_CHARACTERS) || words.unnamedClient
  const client = html`<bdi class="client">${clientName}</bdi>`
  const content = html`<h1>${words.heading(client, name(data.resource.name))}</h1>
<section class="step">
<h2>${words.whoIsAsking}</h2>
${describeOrigin(data.clientOrigin, words)}
</section>
<section class="step">
<h2>${words.whatItCouldDo}</h2>
${whatItCouldDo(data, words)}
</section>
<section class="step">
<h2>${words.whereTheAnswerGoes}</h2>
${describeTarget(data.redirectTarget, words)}
<p class="fine">${words.fullAddress(address(data.redirectUri))}</p>
</section>
<section class="step">
<h2>${words.howYouSignIn}</h2>
${howYouSignIn(data, words)}
</section>
${actions(data, words)}
<p class="footnote">${words.footnote}</p>`
  return renderLayout({ frame, title: words.title(clientName), content })
}

function whatItCouldDo(data: ConsentPageData, words: Words): Html {
  const { resource, scopes, allowedScopes, staysConnected } = data
  const isListed = [...scopes, ...allowedScopes].some((scope) => scope.name === 'offline_access')
  const where = words.atResource(html`<strong>${name(resource.name)}</strong>`)
  const isStepUp = allowedScopes.length > 0
  return html`<p>${where} <span class="fine">${address(resource.uri)}</span></p>
${isStepUp && html`<h3 class="scopes-title">${words.newScopes}</h3>`}
${scopes.length === 0 ? html`<p>${words.noScopes}</p>` : scopeList(scopes)}
${isStepUp && html`<h3 class="scopes-title">${words.allowedScopes}</h3>\n${scopeList(allowedScopes)}`}
${staysConnected && !isListed && html`<p>${words.staysConnected}</p>`}
${upstreamAccess(data, words)}`
}

// The MCP server gets it, not the client: token exchange.
function upstreamAccess(data: ConsentPageData, words: Words): Html | false {
  const { resource, upstreamName, upstreamScopes } = data
  if (!upstreamScopes) return false
  return html`<p>${words.upstreamAccess(html`<strong>${name(resource.name)}</strong>`, name(upstreamName))}</p>
${upstreamScopes.length > 0 && scopeNames(upstreamScopes)}`
}

function howYouSignIn({ account, upstreamName }: ConsentPageData, words: Words): Html {
  const upstream = name(upstreamName)
  if (account === undefined) return html`<p>${words.willSignIn(upstream)}</p>`
  return html`<p>${words.signedIn(html`<strong>${name(account.label)}</strong>`, upstream)}</p>`
}

function actions({ account, upstreamName, ...data }: ConsentPageData, words: Words): Html {
  const csrf = html`<input type="hidden" name="csrf_token" value="${data.csrfToken}">`
  const fields = [
    { name: 'kept_scopes', value: data.keptScopes.join(' '), isSent: data.keptScopes.length > 0 },
    {
      name: 'listed_scopes',
      value: data.listedScopes?.join(' ') ?? '',
      isSent: data.listedScopes !== undefined,
    },
    { name: 'account', value: 'another', isSent: data.choosesAnother },
  ].filter(({ isSent }) => isSent)
  return html`<div class="actions decision">
<form method="post" action="${data.approveAction}">
${csrf}${fields.map(({ name: field, value }) => html`<input type="hidden" name="${field}" value="${value}">`)}
<button class="button primary" type="submit">${account ? words.allow : words.allowAndSignIn(name(upstreamName))}</button>
${account && html`<button class="button secondary" type="submit" name="account" value="another">${words.anotherAccount}</button>`}
</form>
<form method="post" action="${data.denyAction}">
${csrf}
<button class="button secondary" type="submit">${words.deny}</button>
</form>
</div>`
}
