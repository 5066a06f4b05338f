// The page for an error: what happened, whose move it is, and the move. "Details" and the text for support are closed until
// somebody wants them.
import { type Html, html } from '../html.ts'
import { type PageFrame, renderLayout } from '../layout.ts'
import { type Action, renderActions, renderSteps } from '../message-page.ts'
import { address, name } from '../names.ts'
import { type Incident, shortError, sortByLikeness, supportBlock } from './incident.ts'
import { PROBLEMS, type ProblemName, type Sentence, toProblemName } from './problem.ts'

export interface ProblemPageData {
  readonly incident: Incident
  readonly actions: readonly Action[]
  /** One of the actions leads to a site that nobody vouches for. */
  readonly leadsToStranger?: boolean
}

export function renderProblemPage(data: ProblemPageData, frame: PageFrame): string {
  const { incident, actions, leadsToStranger = false } = data
  const { problems, message: words } = frame.catalogue
  const problem: ProblemName = toProblemName(incident.symptom)
  const { title, message, steps } = problems[problem]
  const upstream = name(frame.site.upstreamName)
  const say = (sentence: Sentence) => (typeof sentence === 'string' ? sentence : sentence(upstream))
  const allSteps = [...steps.map(say), ...(leadsToStranger ? [words.onlyIfKnown] : [])]
  const content = html`<h1>${title}</h1>
<p class="lead">${say(message)}</p>
${renderSteps(words.moves[PROBLEMS[problem]], allSteps)}
${renderActions(actions)}
${details(incident, words)}
${supportBlock(incident, frame)}`
  return renderLayout({ frame, title, content })
}

function details({ error, target }: Incident, words: PageFrame['catalogue']['message']): Html {
  const { requested } = target ?? { requested: [] }
  return html`<details class="more">
<summary>${words.details}</summary>
<dl class="facts">
${target && fact(words.askedFor, requested.length === 0 ? words.askedForNone : addresses(requested))}
${target && fact(words.knownHere, addresses(sortByLikeness(target)))}
${fact(words.error, html`<span dir="ltr" lang="en">${shortError(error)}</span>`)}
</dl>
</details>`
}

function fact(label: string, value: Html | string): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

/** Text, not links: the client chose some of them. */
function addresses(uris: readonly string[]): Html {
  return html`${uris.map((uri) => html`<p>${address(uri)}</p>`)}`
}
