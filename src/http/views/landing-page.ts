// The page at the address of this server, for people who come without an app: what this place is, and what they can look at.
import { type Html, html } from './html.ts'
import { type PageFrame, renderLayout } from './layout.ts'

/** Links for operators. */
const LINKS = ['oauthMetadata', 'openidMetadata', 'keys', 'isAlive', 'isReady'] as const
type Link = (typeof LINKS)[number]

export interface LandingPageData {
  readonly paths: Readonly<Record<Link, string>>
}

export function renderLandingPage({ paths }: LandingPageData, frame: PageFrame): string {
  const { site, catalogue } = frame
  const { landing: words } = catalogue
  const link = (name: Link): Html => html`<li><a href="${paths[name]}">${words[name]}</a></li>\n`
  const content = html`<h1>${words.purpose}</h1>
<p class="lead">${words.nothingToDo}</p>
${site.accountPath !== undefined && html`<div class="actions"><a class="button secondary" href="${site.accountPath}">${words.account}</a></div>`}
<details class="more">
<summary>${words.forOperators}</summary>
<p>${words.notAnMcpServer}</p>
<ul>
${LINKS.map(link)}</ul>
</details>`
  return renderLayout({ frame, title: words.title, content })
}
