// The page that asks a person who was sent here to sign out: who asks, and where the browser goes afterwards.
import type { LogoutRequest } from '../../../domain/logout-request.ts'
import { describeDestination } from '../consent/where-next.ts'
import { toDisplayName } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import { type PageFrame, renderLayout } from '../layout.ts'
import { NAME_MAX_CHARACTERS, name, standing } from '../names.ts'

export interface LogoutPageData extends Pick<LogoutRequest, 'client' | 'destination'> {
  readonly accountLabel: string
  readonly upstreamName: string
  readonly state: string | undefined
  readonly confirmAction: string
  readonly stayHref: string
  readonly csrfToken: string
}

export function renderLogoutPage(data: LogoutPageData, frame: PageFrame): string {
  const { account, consent, logout: words } = frame.catalogue
  const { client, destination } = data
  const upstream = name(data.upstreamName)
  const label = html`<strong>${name(data.accountLabel)}</strong>`
  const clientName =
    client && (toDisplayName(client.name ?? '', NAME_MAX_CHARACTERS) || account.unnamedClient)
  const content = html`<h1>${words.title}</h1>
<p class="lead">${account.signedIn(label, upstream)}</p>
${
  client &&
  html`<p>${words.asked(html`<bdi class="client">${clientName}</bdi> ${standing(client.origin, consent)}`)}</p>`
}
${
  destination &&
  html`<p>${consent.sentBack(describeDestination({ target: destination.target, isForwarded: false }, consent))}</p>`
}
<p>${account.clientsKeepAccess} ${account.upstreamRemains(upstream)}</p>
<div class="actions decision">
<form method="post" action="${data.confirmAction}">
${hidden('csrf_token', data.csrfToken)}${client && hidden('client_id', client.id)}${destination && hidden('post_logout_redirect_uri', destination.redirectUri)}${destination && data.state !== undefined && hidden('state', data.state)}
<button class="button primary" type="submit">${words.signOut}</button>
</form>
<a class="button secondary" href="${data.stayHref}">${words.stay}</a>
</div>`
  return renderLayout({ frame, title: words.title, content })
}

function hidden(field: string, value: string): Html {
  return html`<input type="hidden" name="${field}" value="${value}">`
}
