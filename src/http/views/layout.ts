// The document around every page.

import { type Html, html, toMarkup } from './html.ts'
import { STYLESHEET_PATH } from './stylesheet.ts'

interface LayoutData {
  readonly title: string
  readonly content: Html
}

export function renderLayout({ title, content }: LayoutData): string {
  return toMarkup(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body>
<main class="card">
${content}
</main>
</body>
</html>
`)
}
