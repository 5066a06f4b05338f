// The Koa application: middleware in order, the engine last. This list is the diagram.
import Router, { type RouterMiddleware } from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import mount from 'koa-mount'
import { ROUTES } from '../provider/configuration.ts'
import { authorizePost } from './authorize-post.ts'
import { cors } from './cors.ts'
import { errorHandler } from './error-handler.ts'
import { livez } from './health.ts'
import type { InteractionRoutes } from './interaction.ts'
import { refusePrefetch } from './refuse-prefetch.ts'
import { requestDeadline } from './request-deadline.ts'
import { ICON, ICON_PATH } from './views/icon.ts'
import { STYLESHEET, STYLESHEET_PATH } from './views/stylesheet.ts'

export function createApp(options: {
  /** The provider, a Koa application itself. */
  engine: Koa
  cookieKeys: string[]
  callbackPath: string
  draining: Middleware
  canonicalOrigin: Middleware
  issuerPath: Middleware
  requestLog: Middleware
  securityHeaders: Middleware
  metadata: Middleware
  registrationGate: Middleware
  basicCredentials: Middleware
  interaction: InteractionRoutes
  upstreamCallback: RouterMiddleware
  userinfo: RouterMiddleware
  introspection: RouterMiddleware
  readyz: RouterMiddleware
  onConnectionError: (error: Error) => void
}): Koa {
  const { interaction } = options
  const app = new Koa()
  app.keys = options.cookieKeys
  // X-Forwarded-* are ours by then: canonical-origin.ts has overwritten them.
  app.proxy = true
  // Errors of requests end in error-handler.ts; what is left are connections that broke.
  app.on('error', options.onConnectionError)

  const router = new Router()
  router.get('/livez', livez)
  router.get('/readyz', options.readyz)
  router.get(STYLESHEET_PATH, stylesheet)
  router.get(ICON_PATH, icon)
  router.get('/interaction/:uid', interaction.show)
  router.post('/interaction/:uid/approve', interaction.approve)
  router.post('/interaction/:uid/deny', interaction.deny)
  router.get(options.callbackPath, options.upstreamCallback)
  router.get('/userinfo', options.userinfo)
  router.post('/userinfo', options.userinfo)
  router.post('/introspect', options.introspection)
  router.get(ROUTES.authorization, refusePrefetch)
  router.post(ROUTES.authorization, authorizePost)

  app.use(options.draining)
  app.use(options.canonicalOrigin)
  app.use(options.issuerPath)
  app.use(options.requestLog)
  app.use(options.securityHeaders)
  app.use(errorHandler())
  app.use(cors())
  app.use(requestDeadline())
  app.use(options.metadata)
  app.use(options.registrationGate)
  app.use(options.basicCredentials)
  app.use(router.routes())
  app.use(mount(options.engine))
  return app
}

function stylesheet(ctx: Context): void {
  ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
  ctx.type = 'text/css; charset=utf-8'
  ctx.body = STYLESHEET
}

function icon(ctx: Context): void {
  ctx.set('Cache-Control', 'public, max-age=86400')
  ctx.type = 'image/svg+xml'
  ctx.body = ICON
}
