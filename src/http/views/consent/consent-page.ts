// The page that asks a person before anything is sent upstream: which client asks, what it will be able to do, and where the
// answer goes. Every string on it may come from a stranger. It has at most sixty words before its buttons (docs/consent.md).
import type { ClientWarning } from '../../../domain/client-trust/client-trust.ts'
import type { ClientOrigin } from '../../../domain/known-clients.ts'
import type { RedirectTarget } from '../../../oauth/redirect-uri.ts'
import { toDisplayName } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import { type PageFrame, renderLayout } from '../layout.ts'
import type { ConsentWords } from '../locales/consent-words.ts'
import { NAME_MAX_CHARACTERS, name, type Scope, standing } from '../names.ts'
import { accessLine, renderDetails } from './details.ts'
import { renderPermissions } from './permissions.ts'
import { describeAnswer } from './where-next.ts'

export interface ConsentPageData {
  readonly client: {
    readonly id: string
    /** As the client states it: any text of any length. */
    readonly name: string
    readonly origin: ClientOrigin
    readonly warnings: readonly ClientWarning[]
  }
  readonly answer: {
    readonly target: RedirectTarget
    readonly redirectUri: string
    /** The website there passes the answer on to a program on the person's device. */
    readonly isForwarded: boolean
  }
  readonly resource: { readonly name: string; readonly uri: string }
  readonly scopes: readonly Scope[]
  /** In a step-up: the scopes that were approved before and remain. */
  readonly allowedScopes: readonly Scope[]
  readonly earlier: {
    /** Everything in `scopes` was approved before. */
    readonly isRepeat: boolean
    /** When each of the approved scopes was; undefined: that is not known. */
    readonly atMs: readonly (number | undefined)[]
  }
  readonly upstream: {
    readonly name: string
    /** What the MCP server may use there in the person's name. Undefined: nothing. */
    readonly scopes: readonly string[] | undefined
  }
  readonly access: {
    /** The client gets a refresh token, whether or not it asks for `offline_access`. */
    readonly isRenewed: boolean
    /** At the longest. */
    readonly seconds: number
    /** It ends earlier if nobody uses it for so long. */
    readonly idleSeconds: number
  }
  /** Set if this browser is already signed in. */
  readonly account: { readonly label: string; readonly switchHref: string } | undefined
  readonly form: {
    readonly approveAction: string
    readonly denyAction: string
    readonly csrfToken: string
    /** Those of `allowedScopes` that the request does not name; the form sends them back. */
    readonly keptScopes: readonly string[]
    /** Those of the request that the page lists, if the account may not grant all of them; the form sends them back. */
    readonly listedScopes: readonly string[] | undefined
    /** The person came here to use another account than that of this browser. */
    readonly choosesAnother: boolean
  }
  readonly nowMs: number
}

export function renderConsentPage(data: ConsentPageData, frame: PageFrame): string {
  const words = frame.catalogue.consent
  const clientName = toDisplayName(data.client.name, NAME_MAX_CHARACTERS) || words.unnamedClient
  const client = html`<bdi>${clientName}</bdi> ${standing(data.client.origin, words)}`
  const content = html`<h1>${words.heading(client, name(data.resource.name))}</h1>
${renderPermissions(data, frame.catalogue)}
${describeAnswer(data, words)}
${renderForms(data.form, words)}
<div class="fineprint">
<p>${accessLine(data.access, frame)}</p>
<p>${words.unexpected}</p>
${renderDetails(data, frame.catalogue)}
</div>`
  return renderLayout({
    frame,
    title: words.title(clientName),
    content,
    kind: 'consent',
    aside: data.account && accountLine(data.account, words),
  })
}

function accountLine(
  { label, switchHref }: NonNullable<ConsentPageData['account']>,
  words: ConsentWords,
): Html {
  return html`<p class="account">${name(label)} <a href="${switchHref}">${words.switchAccount}</a></p>`
}

function renderForms({ csrfToken, ...form }: ConsentPageData['form'], words: ConsentWords): Html {
  const csrf = hidden('csrf_token', csrfToken)
  return html`<div class="actions decision">
<form method="post" action="${form.approveAction}">
${csrf}${form.keptScopes.length > 0 && hidden('kept_scopes', form.keptScopes.join(' '))}${form.listedScopes && hidden('listed_scopes', form.listedScopes.join(' '))}${form.choosesAnother && hidden('account', 'another')}
<button class="button primary" type="submit">${words.allow}</button>
</form>
<form method="post" action="${form.denyAction}">
${csrf}
<button class="button secondary" type="submit">${words.deny}</button>
</form>
</div>`
}

function hidden(field: string, value: string): Html {
  return html`<input type="hidden" name="${field}" value="${value}">`
}
