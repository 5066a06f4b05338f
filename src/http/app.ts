// The Koa application: middleware in order, the engine last. This list is the diagram.
import Router, { type RouterMiddleware } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import mount from 'koa-mount'
import { ROUTES } from '../provider/configuration.ts'
import { addAssetRoutes } from './assets.ts'
import { authorizePost } from './authorize-post.ts'
import { cors } from './cors.ts'
import { errorHandler } from './error-handler.ts'
import { livez } from './health.ts'
import type { InteractionRoutes } from './interaction.ts'
import { pageFrames } from './page-frame.ts'
import { refuseHead } from './refuse-head.ts'
import { refusePrefetch } from './refuse-prefetch.ts'
import { requestDeadline } from './request-deadline.ts'
import type { Site } from './views/site.ts'

export function createApp(options: {
  /** The provider, a Koa application itself. */
  engine: Koa
  cookieKeys: string[]
  callbackPath: string
  site: Site
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
  addAssetRoutes(router, options.site)
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
  app.use(pageFrames(options.site))
  app.use(errorHandler())
  app.use(cors())
  app.use(requestDeadline())
  app.use(refuseHead(options))
  app.use(options.metadata)
  app.use(options.registrationGate)
  app.use(options.basicCredentials)
  app.use(router.routes())
  app.use(mount(options.engine))
  return app
}
