// The page for an error or a piece of information: what happened, what to do next.

import { type Html, html } from './html.ts'
import { type PageFrame, renderLayout } from './layout.ts'

export interface MessagePageData {
  readonly title: string
  /** Describes the event in plain words. */
  readonly message: string
  /** The MCP servers that the request named, and those that it could have named. */
  readonly target?: {
    readonly requested: readonly string[]
    readonly configured: readonly string[]
  }
  /** Actions that the person can take. */
  readonly nextSteps: readonly string[]
  /** The id of the request in the log. */
  readonly reference: string | undefined
  /** `href` is a path of ours, or the https URL of a client, whose host the label names. */
  readonly actions: readonly MessagePageAction[]
}

interface MessagePageAction {
  readonly label: string
  readonly href: string
  readonly kind: 'primary' | 'secondary'
}

export function renderMessagePage(data: MessagePageData, frame: PageFrame): string {
  const { message } = frame.catalogue
  const content = html`<h1>${data.title}</h1>
<p class="lead">${data.message}</p>
${data.target && targetOf(data.target, message)}
${data.nextSteps.length > 0 && nextSteps(message.nextSteps, data.nextSteps)}
${data.actions.length > 0 && html`<div class="actions">${data.actions.map(action)}</div>`}
${data.reference !== undefined && html`<p class="footnote">${message.reference(html`<code>${data.reference}</code>`)}</p>`}`
  return renderLayout({ frame, title: data.title, content })
}

function targetOf(
  { requested, configured }: NonNullable<MessagePageData['target']>,
  words: PageFrame['catalogue']['message'],
): Html {
  return html`<p>${requested.length === 0 ? words.askedForNone : words.askedFor(addresses(requested))}</p>
<p>${words.availableHere(addresses(configured))}</p>`
}

/** Text, not links: the client chose some of them. */
function addresses(uris: readonly string[]): Html {
  return html`${uris.map((uri) => html`<bdi dir="ltr" class="address">${uri}</bdi> `)}`
}

function nextSteps(heading: string, steps: readonly string[]): Html {
  return html`<h2>${heading}</h2>
<ul>
${steps.map((step) => html`<li>${step}</li>\n`)}</ul>`
}

function action({ label, href, kind }: MessagePageAction): Html {
  return html`<a class="button ${kind}" href="${href}">${label}</a>\n`
}
