// Serves the files that pages load: stylesheet, logo, icon. The paths of stylesheet and logo change with
// their content, so both can be cached for ever.
import type Router from '@koa/router'
import type { Context } from 'koa'
import { ROUTES } from '../routes.ts'
import type { Site } from '../views/site.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const A_DAY = 'public, max-age=86400'

// Browsers request /favicon.ico unasked, and a 404 would be a console error. The ring is that of the
// consent page's rail; the white disc behind it keeps it visible on a dark tab.
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#fff"/><circle cx="16" cy="16" r="10" fill="none" stroke="#0b5f5a" stroke-width="6"/></svg>
`

export function addAssetRoutes(router: Router, { stylesheet, logo }: Site): void {
  router.get(stylesheet.path, send(stylesheet.text, 'text/css; charset=utf-8', FOR_EVER))
  router.get(ROUTES.icon.path, send(ICON, 'image/svg+xml', A_DAY))
  if (logo) router.get(logo.path, send(logo.bytes, logo.mediaType, FOR_EVER))
}

function send(body: string | Buffer, mediaType: string, cacheControl: string) {
  return (ctx: Context): void => {
    // An SVG opened as a page could run scripts: the sandbox denies it scripts and our origin.
    if (mediaType === 'image/svg+xml') {
      ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    }
    ctx.set('Cache-Control', cacheControl)
    ctx.type = mediaType
    ctx.body = body
  }
}
