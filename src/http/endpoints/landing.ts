// GET / for people who open the address of this server. Programs get 404 as anywhere else: an MCP client that was given this
// address by mistake must not take a page for an MCP server.
import type { RouterMiddleware } from '@koa/router'
import { AppError } from '../../errors.ts'
import { createPageFrame } from '../page-frame.ts'
import { ROUTES } from '../routes.ts'
import { renderLandingPage } from '../views/landing-page.ts'

const { oauthMetadata, openidMetadata, jwks, livez, readyz } = ROUTES

export const landing: RouterMiddleware = (ctx) => {
  if (ctx.accepts('json', 'html') !== 'html') throw new AppError('not_found')
  const paths = {
    oauthMetadata: oauthMetadata.path,
    openidMetadata: openidMetadata.path,
    keys: jwks.path,
    isAlive: livez.path,
    isReady: readyz.path,
  }
  ctx.set('Cache-Control', 'no-store')
  ctx.type = 'html'
  ctx.body = renderLandingPage({ paths }, createPageFrame(ctx))
}
