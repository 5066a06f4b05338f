// The HTML document around every page.

import { selectTranslation } from '../../config/language.ts'
import { type Html, html, toMarkup } from './html.ts'
import type { Catalogue } from './locales/catalogue.ts'
import type { Site } from './site.ts'

/** The branding and the language of a page. */
export interface PageFrame {
  readonly site: Site
  readonly catalogue: Catalogue
}

interface LayoutData {
  readonly frame: PageFrame
  readonly title: string
  readonly content: Html
  /** Selects styles that only this kind of page has. */
  readonly kind?: 'consent'
  /** At the end of the header. */
  readonly aside?: Html | undefined
  /** It does not link to itself; the consent page links to it beside the sentence about it. */
  readonly isAccountPage?: boolean
}

export function renderLayout(data: LayoutData): string {
  const { frame, title, content, kind, aside, isAccountPage = false } = data
  const { site, catalogue } = frame
  const pageTitle = site.pageTitle && selectTranslation(catalogue.language, site.pageTitle)
  return toMarkup(html`<!doctype html>
<html lang="${catalogue.language}" dir="${catalogue.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}${pageTitle !== undefined && ` – ${pageTitle}`}</title>
<link rel="stylesheet" href="${site.stylesheet.path}">
<link rel="icon" href="${site.favicon.path}">
</head>
<body>
${header(site, aside)}
<main class="card${kind !== undefined && ` ${kind}`}">
${content}
</main>
${footer(frame, isAccountPage || kind === 'consent')}
</body>
</html>
`)
}

function header(site: Site, aside: Html | undefined): Html {
  const { logo, darkLogo, operator } = site
  return html`<header class="brand">
${logo && picture(logo.path, darkLogo?.path)}
<span>${operator}</span>
${aside}
</header>`
}

function picture(path: string, darkPath: string | undefined): Html {
  const image = html`<img src="${path}" alt="">`
  if (darkPath === undefined) return image
  return html`<picture><source srcset="${darkPath}" media="(prefers-color-scheme: dark)">${image}</picture>`
}

function footer(
  { site, catalogue: { links } }: PageFrame,
  hasAccountLink: boolean,
): Html | undefined {
  const entries = [
    { label: links.account, href: hasAccountLink ? undefined : site.accountPath },
    { label: links.terms, href: site.termsUrl },
    { label: links.privacy, href: site.privacyUrl },
    { label: links.support, href: site.supportUrl },
  ].flatMap(({ label, href }) => (href === undefined ? [] : [{ label, href }]))
  if (entries.length === 0) return undefined
  return html`<footer>
<nav class="links" aria-label="${links.label}">
${entries.map(({ label, href }) => html`<a href="${href}">${label}</a>\n`)}</nav>
</footer>`
}
