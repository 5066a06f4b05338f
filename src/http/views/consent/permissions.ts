// The abilities that the client will have, in groups: about the person, at the MCP server, and what that server may do upstream.
import { isOidcScope } from '../../../oauth/scopes.ts'
import { toDisplayText } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import type { Catalogue } from '../locales/catalogue.ts'
import type { ConsentWords } from '../locales/consent-words.ts'
import { name, type Scope, scopeItems } from '../names.ts'
import { formatDay } from '../times.ts'
import type { ConsentPageData } from './consent-page.ts'

export function renderPermissions(data: ConsentPageData, catalogue: Catalogue): Html {
  const { consent: words } = catalogue
  const { scopes, allowedScopes, resource, upstream } = data
  const isStepUp = allowedScopes.length > 0
  const asked = scopes.filter(isShown)
  const resourceName = name(resource.name)
  const heading = (title: Html | string) =>
    isStepUp ? html`${title} <span class="mark">${words.newMark}</span>` : title
  const ofPerson = asked.filter((scope) => isOidcScope(scope.name))
  const ofResource = asked.filter((scope) => !isOidcScope(scope.name))
  return html`${asked.length === 0 && html`<p>${words.noScopes}</p>`}
${group(heading(words.aboutYou), scopeItems(ofPerson, words))}
${group(heading(words.inResource(resourceName)), scopeItems(ofResource, words))}
${upstream.scopes && group(words.inUpstream(name(upstream.name), resourceName), upstreamItems(upstream.scopes, words))}
${isStepUp && group(allowedHeading(data, catalogue), scopeItems(allowedScopes.filter(isShown), words))}
${data.earlier.isRepeat && data.client.warnings.length === 0 && html`<p class="earlier">${earlierLine(data, catalogue)}</p>`}`
}

/** How long access lasts is a line of its own, whether or not the client asks for this scope. */
const isShown = ({ name: scope }: Scope) => scope !== 'offline_access'

function group(title: Html | string, entries: readonly Html[]): Html | false {
  return (
    entries.length > 0 &&
    html`<section class="permissions">
<h2>${title}</h2>
<ul>
${entries}</ul>
</section>`
  )
}

/** Only the names are known of what somebody else calls its scopes. */
function upstreamItems(scopes: readonly string[], words: ConsentWords): Html[] {
  if (scopes.length === 0) return [html`<li>${words.upstreamAccount}</li>\n`]
  return scopes.map((scope) => html`<li><code><bdi>${toDisplayText(scope)}</bdi></code></li>\n`)
}

function allowedHeading(data: ConsentPageData, catalogue: Catalogue): Html | string {
  const { consent: words } = catalogue
  const day = findDay(data, catalogue)
  return day === undefined ? words.allowedEarlier : words.allowedOn(day)
}

function earlierLine(data: ConsentPageData, catalogue: Catalogue): Html | string {
  const { consent: words } = catalogue
  const day = findDay(data, catalogue)
  return day === undefined ? words.youAllowedEarlier : words.youAllowedOn(day)
}

/** Undefined: not known, or not one day. */
function findDay({ earlier, nowMs }: ConsentPageData, { language }: Catalogue): Html | undefined {
  const days = earlier.atMs.map((ms) =>
    ms === undefined ? undefined : { ms, day: formatDay(language, ms, nowMs) },
  )
  const [first] = days
  if (!first || days.some((one) => one?.day !== first.day)) return undefined
  return html`<time datetime="${new Date(first.ms).toISOString().slice(0, 10)}">${first.day}</time>`
}
