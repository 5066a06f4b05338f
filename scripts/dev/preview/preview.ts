// `/_preview` of `npm run dev`: every page in every language, with made-up names and the operator's branding. The server
// has no such route, and this folder is no part of its image.
import type { RequestListener } from 'node:http'
import type { Config } from '../../../src/config/load.ts'
import { createSecurityHeaders } from '../../../src/http/middleware/security-headers.ts'
import type { Catalogue } from '../../../src/http/views/locales/catalogue.ts'
import { CATALOGUES } from '../../../src/http/views/locales/catalogues.ts'
import { createSite } from '../../../src/http/views/site.ts'
import { MIRRORED } from './mirrored-catalogue.ts'
import { renderGallery, renderIndex } from './preview-pages.ts'
import { SAMPLE_PAGES } from './sample-pages.ts'

/** The last one shows what a right-to-left language would look like. */
const LANGUAGES: ReadonlyMap<string, Catalogue> = new Map([
  ...Object.entries(CATALOGUES),
  ['mirrored', MIRRORED],
])

/** @returns a listener that answers `/_preview`, and passes on every other request */
export function addPreview(listener: RequestListener, config: Config): RequestListener {
  const site = createSite(config)
  const headers = createPreviewHeaders(config)
  const names = { languages: [...LANGUAGES.keys()], pages: [...SAMPLE_PAGES.keys()] }

  function render(language: string | undefined, page: string | undefined): string | undefined {
    if (language === undefined) return renderIndex(names)
    const catalogue = LANGUAGES.get(language)
    if (!catalogue) return undefined
    if (page === undefined) return renderGallery({ ...names, language })
    return SAMPLE_PAGES.get(page)?.({ site, catalogue })
  }

  return (req, res) => {
    const path = req.url?.split('?', 1)[0] ?? ''
    const [root, language, page, ...more] = path.split('/').slice(1)
    if (root !== '_preview') {
      listener(req, res)
      return
    }
    // The forms of sample pages lead here.
    if (req.method !== 'GET') {
      res.writeHead(303, { ...headers, Location: '/_preview' }).end()
      return
    }
    const markup = more.length > 0 ? undefined : render(language || undefined, page || undefined)
    const type = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }
    res.writeHead(markup === undefined ? 404 : 200, { ...headers, ...type })
    res.end(markup ?? renderIndex(names))
  }
}

/** Those of the server, but for the frames and styles of the gallery. */
function createPreviewHeaders(config: Parameters<typeof createSecurityHeaders>[0]) {
  const headers = createSecurityHeaders(config)
  const policy = headers['Content-Security-Policy']
    ?.replace("frame-ancestors 'none'", "frame-ancestors 'self'; frame-src 'self'")
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  return { ...headers, 'Content-Security-Policy': policy, 'X-Frame-Options': 'SAMEORIGIN' }
}
