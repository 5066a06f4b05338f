// The account page: who is signed in with this browser, which clients have access, and how to end both.
import { type Html, html } from '../html.ts'
import { type PageFrame, renderLayout } from '../layout.ts'
import type { Catalogue } from '../locales/catalogue.ts'
import { name } from '../names.ts'
import { renderGrants, type ShownGrant } from './grant-list.ts'

/** The action that the page confirms. */
export const DONE = ['removed', 'signed-out', 'signed-out-everywhere'] as const
export type Done = (typeof DONE)[number]

export interface SignedOutPageData {
  readonly done: Done | undefined
  readonly upstreamName: string
  readonly signInAction: string
  readonly csrfToken: string
}

export interface AccountPageData {
  readonly done: Done | undefined
  readonly accountLabel: string
  readonly upstreamName: string
  /** Newest first. */
  readonly grants: readonly ShownGrant[]
  /** How long access tokens that were issued before a removal may still work. */
  readonly accessTokenMinutes: number
  /** After how many days without use a client loses its access. Undefined: not before the end of its grant. */
  readonly idleDays: number | undefined
  readonly removeAction: string
  readonly signOutAction: string
  readonly csrfToken: string
}

type Words = Catalogue['account']

export function renderSignedOutPage(data: SignedOutPageData, frame: PageFrame): string {
  const words = frame.catalogue.account
  const { done, signInAction } = data
  const upstream = name(data.upstreamName)
  const isSignedOut = done === 'signed-out' || done === 'signed-out-everywhere'
  const content = html`<h1>${words.title}</h1>
${isSignedOut && notice(words.done[done])}
${isSignedOut && html`<p>${words.clientsKeepAccess}</p>`}
${isSignedOut && html`<p>${words.upstreamRemains(upstream)}</p>`}
${!isSignedOut && html`<p>${words.purpose}</p>`}
<form class="actions" method="post" action="${signInAction}">
${csrfField(data.csrfToken)}
<button class="button primary" type="submit">${words.signIn(upstream)}</button>
<button class="button secondary" type="submit" name="account" value="another">${frame.catalogue.message.anotherAccount}</button>
</form>`
  return renderLayout({ frame, title: words.title, content, isAccountPage: true })
}

export function renderAccountPage(data: AccountPageData, frame: PageFrame): string {
  const words = frame.catalogue.account
  const { done, grants, removeAction, signOutAction } = data
  const csrf = csrfField(data.csrfToken)
  const account = html`<strong>${name(data.accountLabel)}</strong>`
  const upstream = name(data.upstreamName)
  const content = html`<h1>${words.title}</h1>
${done === 'removed' && notice(words.done[done])}
<p class="lead">${words.signedIn(account, upstream)}</p>
<section class="part" aria-labelledby="grants">
<h2 id="grants">${words.clientsWithAccess}</h2>
${grants.length === 0 ? html`<p>${words.noClients}</p>` : renderGrants({ grants, action: removeAction, csrf }, frame)}
${grants.length > 0 && fineprint(data, words)}
${grants.length > 1 && removeAll(removeAction, csrf, words)}
</section>
<section class="part" aria-labelledby="sign-out">
<h2 id="sign-out">${words.signOut}</h2>
<p>${words.clientsKeepAccess} ${words.upstreamRemains(upstream)}</p>
<form class="actions" method="post" action="${signOutAction}">
${csrf}
<button class="button secondary" type="submit" name="where" value="here">${words.signOutHere}</button>
<button class="button secondary" type="submit" name="where" value="everywhere">${words.signOutEverywhere}</button>
</form>
</section>`
  return renderLayout({ frame, title: words.title, content, isAccountPage: true })
}

/** Two steps without a script: nobody removes everything with one click beside the target. */
function removeAll(action: string, csrf: Html, words: Words): Html {
  return html`<details class="all">
<summary>${words.removeAll}</summary>
<p>${words.removeAllMeans}</p>
<form class="actions" method="post" action="${action}">
${csrf}
<button class="button secondary" type="submit" name="everything" value="yes">${words.removeAllNow}</button>
</form>
</details>`
}

function fineprint({ accessTokenMinutes, idleDays }: AccountPageData, words: Words): Html {
  return html`<p class="fine">${words.tokensRemain(html`${String(accessTokenMinutes)}`)}${idleDays !== undefined && html` ${words.idleEnds(html`${String(idleDays)}`)}`}</p>`
}

function notice(text: string): Html {
  return html`<p class="notice" role="status">${text}</p>`
}

function csrfField(token: string): Html {
  return html`<input type="hidden" name="csrf_token" value="${token}">`
}
