// The facts of one failure, and the text that people send to those who can help: English, one line for each value, and
// nothing that is secret. Parts of it come from strangers.
import { helpFor, type Symptom } from '../../../symptoms.ts'
import { toDisplayName } from '../display-text.ts'
import { type Html, html } from '../html.ts'
import type { PageFrame } from '../layout.ts'

export interface Incident {
  readonly symptom: Symptom
  /** The id of the request in the log. */
  readonly reference: string
  readonly atMs: number
  /** An OAuth error and its description, in English; it may quote the request. */
  readonly error: string
  /** The MCP servers that the request named, and those that it could have named. */
  readonly target?: Target | undefined
}

export interface Target {
  readonly requested: readonly string[]
  readonly configured: readonly string[]
}

const ERROR_MAX_CHARACTERS = 300
const ADDRESS_MAX_CHARACTERS = 300

/** One line, however long the text is and whatever it contains. */
export const shortError = (error: string): string => toDisplayName(error, ERROR_MAX_CHARACTERS)

/** The addresses that this server knows, the one most like what was asked for first. */
export function sortByLikeness({ requested, configured }: Target): readonly string[] {
  const likeness = (uri: string) =>
    Math.max(0, ...requested.map((asked) => commonLength(asked, uri)))
  return configured.toSorted((a, b) => likeness(b) - likeness(a))
}

function commonLength(a: string, b: string): number {
  const at = [...a].findIndex((character, index) => character !== b[index])
  return at === -1 ? a.length : at
}

function describeIncident(incident: Incident, { issuer, upstreamName }: PageFrame['site']): string {
  const { symptom, reference, atMs, error, target } = incident
  const line = (label: string, value: string) =>
    `${label}: ${toDisplayName(value, ADDRESS_MAX_CHARACTERS)}`
  return [
    line('Reference', reference),
    line('Time', new Date(atMs).toISOString()),
    line('Server', issuer),
    line('Signs in with', upstreamName),
    `Failure: ${shortError(error)}`,
    ...(target ? target.requested.map((uri) => line('Asked for', uri)) : []),
    ...(target ? sortByLikeness(target).map((uri) => line('Known here', uri)) : []),
    line('Help', helpFor(symptom)),
  ].join('\n')
}

/** A click selects the whole text (stylesheet); the page has no script that could copy it. */
export function supportBlock(incident: Incident, { site, catalogue }: PageFrame): Html {
  const { message: words } = catalogue
  return html`<details class="more">
<summary>${words.forSupport}</summary>
<p class="fine">${words.howToCopy}</p>
<pre class="support" dir="ltr" lang="en">${describeIncident(incident, site)}</pre>
</details>
<p class="footnote">${words.reference(html`<code>${incident.reference}</code>`)}</p>`
}
