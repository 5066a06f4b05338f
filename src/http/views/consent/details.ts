// The consent page below its buttons: how long access lasts, and the identifiers for people who want to compare.
import { toDisplayText } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import type { PageFrame } from '../layout.ts'
import type { Catalogue } from '../locales/catalogue.ts'
import type { ConsentWords } from '../locales/consent-words.ts'
import { address } from '../names.ts'
import { formatDuration } from '../times.ts'
import type { ConsentPageData } from './consent-page.ts'

export function accessLine(
  { isRenewed, seconds }: ConsentPageData['access'],
  { site, catalogue }: PageFrame,
): Html {
  const { consent: words, language } = catalogue
  const duration = html`${formatDuration(language, seconds)}`
  const { accountPath } = site
  return html`${isRenewed ? words.staysConnected(duration) : words.accessLasts(duration)}${
    accountPath !== undefined &&
    html` ${words.endItIn(html`<a href="${accountPath}">${words.yourAccount}</a>`)}`
  }`
}

export function renderDetails(data: ConsentPageData, { consent, language }: Catalogue): Html {
  const { details: words } = consent
  const { client, answer, resource, access } = data
  const scopes = [...data.scopes, ...data.allowedScopes].map((scope) => scope.name)
  const isLocal = answer.target.kind === 'loopback'
  return html`<details>
<summary>${words.heading}</summary>
<dl>
${row(words.fullAddress, html`${address(answer.redirectUri)}${isLocal && html`<br>${words.anyProgram}`}`)}
${row(words.resource, address(resource.uri))}
${scopes.length > 0 && row(words.scopes, html`${scopes.map((scope) => html`<code><bdi>${toDisplayText(scope)}</bdi></code> `)}`)}
${row(words.clientId, address(client.id))}
${row(words.registration, describeRegistration(data, consent))}
${row(
  words.access,
  describeAccess(access, consent, (seconds) => html`${formatDuration(language, seconds)}`),
)}
</dl>
</details>`
}

function row(term: string, description: Html | string): Html {
  return html`<div><dt>${term}</dt><dd>${description}</dd></div>`
}

function describeRegistration(
  { client }: ConsentPageData,
  { details: words }: ConsentWords,
): Html | string {
  switch (client.origin.kind) {
    case 'document':
      return words.fromDocument(address(client.origin.host))
    case 'registered':
      return words.byItself
    case 'configured':
      return words.byAdministrator
  }
}

function describeAccess(
  { isRenewed, seconds, idleSeconds }: ConsentPageData['access'],
  { details: words }: ConsentWords,
  format: (seconds: number) => Html,
): Html {
  return isRenewed && idleSeconds < seconds
    ? words.endsUnused(format(idleSeconds), format(seconds))
    : words.endsAfter(format(seconds))
}
