// The two pages around the sample pages: a table of links, and all pages of one language side by side.
import { type Html, html, toMarkup } from '../../../src/http/views/html.ts'

interface Names {
  readonly languages: readonly string[]
  readonly pages: readonly string[]
}

const STYLES = `:root { color-scheme: light dark; font-family: system-ui, sans-serif }
body { margin: 1.5rem }
td, th { padding: 0.25rem 1rem 0.25rem 0; text-align: start }
.gallery { display: flex; flex-wrap: wrap; gap: 1.5rem }
figure { margin: 0 }
iframe { display: block; width: 375px; height: 667px; border: 1px solid gray }
`

export function renderIndex({ languages, pages }: Names): string {
  return renderDocument(
    'Every page in every language',
    html`<table>
<tr><th>Page</th>${languages.map((language) => html`<th><a href="/_preview/${language}">${language}</a></th>`)}</tr>
${pages.map(
  (page) =>
    html`<tr><td>${page}</td>${languages.map((language) => html`<td><a href="${pathOf(language, page)}">${language}</a></td>`)}</tr>\n`,
)}</table>`,
  )
}

export function renderGallery({ language, pages }: Names & { readonly language: string }): string {
  return renderDocument(
    `Every page: ${language}`,
    html`<p><a href="/_preview">All languages</a></p>
<div class="gallery">
${pages.map(
  (page) =>
    html`<figure><figcaption><a href="${pathOf(language, page)}">${page}</a></figcaption>
<iframe src="${pathOf(language, page)}" title="${page}" loading="lazy"></iframe></figure>\n`,
)}</div>`,
  )
}

const pathOf = (language: string, page: string) => `/_preview/${language}/${page}`

function renderDocument(title: string, content: Html): string {
  // A constant of ours: escaping would break it.
  const [before = '', after = ''] = toMarkup(html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><style></style></head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`).split('</style>')
  return `${before}${STYLES}</style>${after}`
}
