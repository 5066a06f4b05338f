// The page for a person whose account the access rules refuse: which account it is, and what they can do. It does not say
// which rule, because rules are the operator's.
import { toDisplayName, toDisplayText } from './display-text.ts'
import { type Html, html } from './html.ts'
import { type PageFrame, renderLayout } from './layout.ts'
import type { Catalogue } from './locales/catalogue.ts'
import { type Incident, supportBlock } from './problems/incident.ts'

export interface RefusalPageData {
  readonly account: string
  readonly upstreamName: string
  /** Undefined: the account may use no MCP server here. */
  readonly resourceName: string | undefined
  /** Whether the account may use the MCP server with other scopes than those that the client asks for. */
  readonly mayUseResource: boolean
  /** Whom to ask, as the operator wrote it. */
  readonly contact: string | undefined
  readonly anotherAccount:
    | { readonly kind: 'page'; readonly href: string }
    /** The person has approved the client already, or there is none, and goes on at the upstream. */
    | { readonly kind: 'form'; readonly action: string; readonly resource?: string | undefined }
  /** Tells the client that access was denied. Undefined: there is no client. */
  readonly denyAction: string | undefined
  readonly csrfToken: string
  readonly incident: Incident
}

/** The answer to the client that the refusal page sends: no access, rather than no consent. */
export const NO_ACCESS = 'no_access'

type Words = Catalogue['refusal']

const NAME_MAX_CHARACTERS = 80

export function renderRefusalPage(data: RefusalPageData, frame: PageFrame): string {
  const { refusal: words, message } = frame.catalogue
  const content = html`<h1>${words.title}</h1>
<p>${words.signedIn(html`<strong>${name(data.account)}</strong>`, name(data.upstreamName))}</p>
<p class="lead">${whatIsRefused(data, words)}</p>
<h2>${message.moves.you}</h2>
<ul class="steps">
<li>${words.useAnother}</li>
<li>${data.contact === undefined ? words.askOperator : words.ask(contact(data.contact))}</li>
</ul>
${actions(data, frame.catalogue)}
${supportBlock(data.incident, frame)}`
  return renderLayout({ frame, title: words.title, content })
}

function whatIsRefused(data: RefusalPageData, words: Words): Html | string {
  const { mayUseResource, resourceName } = data
  if (resourceName === undefined) return words.mayUseNothing
  const resource = html`<strong>${name(resourceName)}</strong>`
  return mayUseResource ? words.mayNotGrant(resource) : words.mayNotUse(resource)
}

/** An e-mail address or an https URL becomes a link. */
function contact(line: string): Html {
  const text = html`<bdi>${toDisplayText(line)}</bdi>`
  if (/^https:\/\/[^\s"<>]+$/.test(line)) return html`<a href="${line}">${text}</a>`
  if (/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(line)) {
    return html`<a href="mailto:${line}">${text}</a>`
  }
  return text
}

function actions({ anotherAccount, ...data }: RefusalPageData, words: Catalogue): Html {
  const csrf = html`<input type="hidden" name="csrf_token" value="${data.csrfToken}">`
  const label = words.message.anotherAccount
  const another =
    anotherAccount.kind === 'page'
      ? html`<a class="button primary" href="${anotherAccount.href}">${label}</a>`
      : html`<form method="post" action="${anotherAccount.action}">
${csrf}
${anotherAccount.resource !== undefined && html`<input type="hidden" name="resource" value="${anotherAccount.resource}">`}
<button class="button primary" type="submit" name="account" value="another">${label}</button>
</form>`
  return html`<div class="actions">
${another}
${
  data.denyAction !== undefined &&
  html`<form method="post" action="${data.denyAction}">
${csrf}
<button class="button secondary" type="submit" name="reason" value="${NO_ACCESS}">${words.message.backToClient}</button>
</form>`
}
</div>`
}

function name(value: string): Html {
  return html`<bdi>${toDisplayName(value, NAME_MAX_CHARACTERS)}</bdi>`
}
