// The page for a piece of information, and the parts that it shares with error pages (problems/problem-page.ts): steps and
// actions.

import { type Html, html } from './html.ts'
import { type PageFrame, renderLayout } from './layout.ts'

export interface MessagePageData {
  readonly title: string
  readonly message: string
  /** A hint for the person before they go on. */
  readonly advice: readonly string[]
  readonly actions: readonly Action[]
}

export interface Action {
  readonly label: string
  /** A path of ours, '' for the address of the page itself, or the https URL of a client, whose host the label names. */
  readonly href: string
  readonly kind: 'primary' | 'secondary'
}

export function renderMessagePage(data: MessagePageData, frame: PageFrame): string {
  const content = html`<h1>${data.title}</h1>
<p class="lead">${data.message}</p>
${renderSteps(frame.catalogue.message.moves.you, data.advice)}
${renderActions(data.actions)}`
  return renderLayout({ frame, title: data.title, content })
}

export function renderSteps(heading: string, steps: readonly (string | Html)[]): Html | false {
  return (
    steps.length > 0 &&
    html`<h2>${heading}</h2>
<ul class="steps">
${steps.map((step) => html`<li>${step}</li>\n`)}</ul>`
  )
}

export function renderActions(actions: readonly Action[]): Html | false {
  return actions.length > 0 && html`<div class="actions">${actions.map(action)}</div>`
}

function action({ label, href, kind }: Action): Html {
  return html`<a class="button ${kind}" href="${href}">${label}</a>\n`
}
