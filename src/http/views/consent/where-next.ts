// Where the browser goes after Allow, and the warnings about it.
import type { ClientWarning } from '../../../domain/client-trust/client-trust.ts'
import { type Html, html } from '../html.ts'
import type { ConsentWords } from '../locales/consent-words.ts'
import { address, name } from '../names.ts'
import type { ConsentPageData } from './consent-page.ts'

// MCP authorization, "Localhost Redirect URI Risks": the page displays the redirect host clearly, and says what counts if any
// program could listen there. Most clients do, so that is a calm line; warnings are for what is unusual.
export function describeAnswer(data: ConsentPageData, words: ConsentWords): Html {
  const { account, answer, upstream, client } = data
  const destination = describeDestination(answer, words)
  const staysOnDevice = answer.target.kind !== 'https' || answer.isForwarded
  // That warning says when to deny.
  const isImitation = client.warnings.some(({ kind }) => kind === 'imitates')
  return html`<p class="next">${
    account === undefined
      ? words.signInThenBack(name(upstream.name), destination)
      : words.sentBack(destination)
  }${staysOnDevice && !isImitation && ` ${words.onlyIfStarted}`}</p>
${client.warnings.map((warning) => html`<p class="caution"><strong>${words.careful}</strong> ${describeWarning(warning, words)}</p>\n`)}`
}

/** Where the browser goes, as the end of a sentence. */
export function describeDestination(
  { target, isForwarded }: Pick<ConsentPageData['answer'], 'target' | 'isForwarded'>,
  { destinations }: ConsentWords,
): Html {
  switch (target.kind) {
    case 'https': {
      const host = html`<strong>${address(target.host)}</strong>`
      return isForwarded ? destinations.through(host) : host
    }
    case 'loopback':
      return destinations.loopback(html`<strong>${address(target.host)}</strong>`)
    case 'private-use':
      return html`${destinations.app}`
  }
}

function describeWarning(warning: ClientWarning, words: ConsentWords): Html | string {
  switch (warning.kind) {
    case 'imitates':
      return words.nameImitates(name(warning.name))
    case 'unknown-address':
      return words.addressUnknown
    case 'private-use':
      return words.schemeUnowned(html`<strong>${address(`${warning.scheme}:`)}</strong>`)
  }
}
