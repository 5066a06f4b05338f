// The page on which a person connects an MCP server with the upstream, because it needs tokens of theirs and has none.
import { html } from '../html.ts'
import { type PageFrame, renderLayout } from '../layout.ts'
import { address, name, scopeNames } from '../names.ts'

interface ServerData {
  readonly resource: { readonly name: string; readonly uri: string }
  readonly upstreamName: string
}

export interface ConnectPageData extends ServerData {
  /** Of the upstream. */
  readonly scopes: readonly string[]
  readonly connectAction: string
  readonly csrfToken: string
}

export function renderConnectPage(data: ConnectPageData, frame: PageFrame): string {
  const { connect: words, consent, message } = frame.catalogue
  const { resource, scopes } = data
  const upstream = name(data.upstreamName)
  const server = html`<strong>${name(resource.name)}</strong>`
  const content = html`<h1>${words.title(name(resource.name), upstream)}</h1>
<p class="lead">${words.lead(server, upstream)}</p>
${
  scopes.length > 0 &&
  html`<h2>${consent.inUpstream(upstream, name(resource.name))}</h2>
${scopeNames(scopes)}`
}
<form class="actions" method="post" action="${data.connectAction}">
<input type="hidden" name="csrf_token" value="${data.csrfToken}">
<input type="hidden" name="resource" value="${resource.uri}">
<button class="button primary" type="submit">${words.connect(upstream)}</button>
</form>
<p class="footnote">${words.footnote}</p>
<details class="more">
<summary>${message.details}</summary>
<p>${address(resource.uri)}</p>
</details>`
  return renderLayout({ frame, title: words.pageTitle, content })
}

export function renderConnectedPage(
  data: ServerData & { readonly accountLabel: string },
  frame: PageFrame,
): string {
  const { connect: words } = frame.catalogue
  const account = html`<strong>${name(data.accountLabel)}</strong>`
  const server = html`<strong>${name(data.resource.name)}</strong>`
  const content = html`<h1>${words.connectedTitle}</h1>
<p class="lead">${words.connected(server, account, name(data.upstreamName))}</p>
<p>${words.goBack}</p>`
  return renderLayout({ frame, title: words.connectedTitle, content })
}
