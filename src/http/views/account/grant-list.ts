// The list of what a person has allowed: each client with what it may do, since when, and until when.

import type { ClientOrigin } from '../../../domain/known-clients.ts'
import { isOidcScope } from '../../../oauth/scopes.ts'
import { toDisplayName } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import type { PageFrame } from '../layout.ts'
import type { Catalogue } from '../locales/catalogue.ts'
import {
  address,
  NAME_MAX_CHARACTERS,
  name,
  type Scope,
  scopeItems,
  scopeNames,
  standing,
} from '../names.ts'
import { localeOf } from '../times.ts'

export interface ShownGrant {
  /** The value of the form's button. */
  readonly reference: string
  /** As the client states it: any text of any length. Undefined: nothing is known of the client any more. */
  readonly clientName: string | undefined
  readonly clientOrigin: ClientOrigin
  readonly resource: { readonly name: string; readonly uri: string }
  readonly scopes: readonly Scope[]
  readonly sinceMs: number
  /** When the client last got tokens; undefined: it cannot be told. */
  readonly lastUsedMs: number | undefined
  readonly untilMs: number
}

export function renderGrants(
  list: {
    readonly grants: readonly ShownGrant[]
    readonly action: string
    /** The hidden field that proves where the form comes from. */
    readonly csrf: Html
  },
  { catalogue }: PageFrame,
): Html {
  return html`<ul class="grants">
${list.grants.map((grant) => item(grant, list, catalogue))}</ul>`
}

function item(
  grant: ShownGrant,
  { action, csrf }: { readonly action: string; readonly csrf: Html },
  catalogue: Catalogue,
): Html {
  const { account: words, consent, message } = catalogue
  const { resource, scopes, lastUsedMs } = grant
  const ofPerson = scopes.filter((scope) => !isOfResource(scope) && scope.name !== 'offline_access')
  const shownName =
    toDisplayName(grant.clientName ?? '', NAME_MAX_CHARACTERS) || words.unnamedClient
  const shownResource = html`${toDisplayName(resource.name, NAME_MAX_CHARACTERS)}`
  const day = createTimeFormat(catalogue, { dateStyle: 'medium' })
  const minute = createTimeFormat(catalogue, { dateStyle: 'medium', timeStyle: 'short' })
  return html`<li class="grant">
<h3><bdi class="client">${shownName}</bdi> ${standing(grant.clientOrigin, consent)}</h3>
<p>${consent.inResource(html`<strong>${name(resource.name)}</strong>`)}</p>
${permissions(scopes.filter(isOfResource), catalogue)}
${ofPerson.length > 0 && html`<p>${consent.aboutYou}</p>\n${permissions(ofPerson, catalogue)}`}
<dl>
<div><dt>${words.since}</dt><dd>${day(grant.sinceMs)}</dd></div>
<div><dt>${words.until}</dt><dd>${day(grant.untilMs)}</dd></div>
<div><dt>${words.lastUsed}</dt><dd>${lastUsedMs === undefined ? words.neverUsed : minute(lastUsedMs)}</dd></div>
</dl>
<details class="more">
<summary>${message.details}</summary>
<p>${address(resource.uri)}</p>
${scopes.length > 0 && scopeNames(scopes.map((scope) => scope.name))}
</details>
<form method="post" action="${action}">
${csrf}
<button class="button secondary small" type="submit" name="grant" value="${grant.reference}" aria-label="${words.removeOf(html`${shownName}`, shownResource)}">${words.remove}</button>
</form>
</li>
`
}

const isOfResource = ({ name: scope }: Scope) => !isOidcScope(scope)

function permissions(scopes: readonly Scope[], { consent }: Catalogue): Html | false {
  return scopes.length > 0 && html`<ul>\n${scopeItems(scopes, consent)}</ul>`
}

/** In UTC, because the server does not know the person's time zone; a time of day says so. */
function createTimeFormat(
  { language }: Catalogue,
  style: Intl.DateTimeFormatOptions,
): (ms: number) => Html {
  const format = new Intl.DateTimeFormat(localeOf(language), { ...style, timeZone: 'UTC' })
  const zone = style.timeStyle === undefined ? '' : ' UTC'
  return (ms) =>
    html`<time datetime="${new Date(ms).toISOString()}">${format.format(ms)}${zone}</time>`
}
