// What the pages load: stylesheet, logo, icon. All by paths that change with their content but the icon's.
import type Router from '@koa/router'
import type { Context } from 'koa'
import { ROUTES } from '../routes.ts'
import { ICON } from '../views/icon.ts'
import type { Site } from '../views/site.ts'

const FOR_EVER = 'public, max-age=31536000, immutable'
const A_DAY = 'public, max-age=86400'

export function addAssetRoutes(router: Router, { stylesheet, logo }: Site): void {
  router.get(stylesheet.path, send(stylesheet.text, 'text/css; charset=utf-8', FOR_EVER))
  router.get(ROUTES.icon.path, send(ICON, 'image/svg+xml', A_DAY))
  if (logo) router.get(logo.path, send(logo.bytes, logo.mediaType, FOR_EVER))
}

function send(body: string | Buffer, mediaType: string, cacheControl: string) {
  return (ctx: Context): void => {
    // An SVG that is opened as a page of its own may carry scripts; it gets neither them nor our origin.
    if (mediaType === 'image/svg+xml') {
      ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    }
    ctx.set('Cache-Control', cacheControl)
    ctx.type = mediaType
    ctx.body = body
  }
}
