// Serves the files that pages load: stylesheet, logos, icon. Their paths change with their content, so they can be
// cached for ever.
import type Router from '@koa/router'
import type { Context } from 'koa'
import { ROUTES } from '../routes.ts'
import type { Site } from '../views/site.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const A_DAY = 'public, max-age=86400'

export function addAssetRoutes(
  router: Router,
  { stylesheet, logo, darkLogo, favicon }: Site,
): void {
  router.get(stylesheet.path, send(stylesheet.text, 'text/css; charset=utf-8', FOR_EVER))
  for (const image of [logo, darkLogo, favicon]) {
    if (image) router.get(image.path, send(image.bytes, image.mediaType, FOR_EVER))
  }
  // Pages name the icon, but browsers request this path for everything else, and a 404 would be a console error.
  router.get(ROUTES.icon.path, send(favicon.bytes, favicon.mediaType, A_DAY))
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
