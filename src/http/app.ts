// The Koa application: middleware in order, the engine last. This list is the diagram.
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'
import mount from 'koa-mount'
import type { Config } from '../config/load.ts'
import type { CookieMacs } from '../crypto/cookie-macs.ts'
import type { ReleasedClaims } from '../domain/access/released-claims.ts'
import type { ResourceServers } from '../domain/resource-server.ts'
import type { Logger } from '../log.ts'
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { Capabilities } from '../provider/internals.ts'
import { createAdmission } from './admission.ts'
import { createAccessGate } from './endpoints/access-gate.ts'
import { type AccountPageServices, addAccountRoutes } from './endpoints/account/account-routes.ts'
import { addAssetRoutes } from './endpoints/assets.ts'
import { redirectPostToGet, rejectPrefetch } from './endpoints/authorization.ts'
import { livez, readyz } from './endpoints/health.ts'
import { interactionEndpoints } from './endpoints/interaction.ts'
import { introspection } from './endpoints/introspection.ts'
import { landing } from './endpoints/landing.ts'
import { createReadyDocuments, metadata } from './endpoints/metadata.ts'
import { upstreamCallback } from './endpoints/upstream-callback.ts'
import { upstreamEventEndpoints } from './endpoints/upstream-events.ts'
import { userinfo } from './endpoints/userinfo.ts'
import { admit } from './middleware/admission.ts'
import { allowedMethods } from './middleware/allowed-methods.ts'
import { basicCredentials } from './middleware/basic-credentials.ts'
import { bodyLimit } from './middleware/body-limit.ts'
import { canonicalOrigin } from './middleware/canonical-origin.ts'
import { connectionClose } from './middleware/connection-close.ts'
import { cors } from './middleware/cors.ts'
import { errorHandler } from './middleware/error-handler.ts'
import { issuerPath } from './middleware/issuer-path.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { registrationGate } from './middleware/registration-gate.ts'
import { requestDeadline } from './middleware/request-deadline.ts'
import { requestLog } from './middleware/request-log.ts'
import { securityHeaders } from './middleware/security-headers.ts'
import { createQuickRefusals } from './quick-refusals.ts'
import { createReadyAnswers } from './ready-answers.ts'
import { createReadyResponses } from './ready-responses.ts'
import { beginRequest } from './request-state.ts'
import { callbackRoute, createRouteFinder, ROUTES } from './routes.ts'
import { createSite } from './views/site.ts'

type Services = Omit<
  AccountPageServices &
    Parameters<typeof interactionEndpoints>[0] &
    Parameters<typeof createAccessGate>[0] &
    Parameters<typeof upstreamCallback>[0] &
    Parameters<typeof userinfo>[0] &
    Parameters<typeof upstreamEventEndpoints>[0] &
    Parameters<typeof rateLimit>[0] &
    Parameters<typeof readyz>[0],
  'config' | 'issuer' | 'logger' | 'accessGate'
>

export interface HttpApp {
  readonly app: Koa
  /** Answers every request of an http server. */
  readonly listener: RequestListener
}

export function createApp(
  options: Services & {
    config: Config
    logger: Logger
    now: () => number
    monotonicNow: () => number
    servers: ResourceServers
    /** The oidc-provider instance, which is a Koa application. */
    engine: Koa
    capabilities: Capabilities
    releasedClaims: ReleasedClaims
    cookieMacs: CookieMacs
  },
): HttpApp {
  const { config, logger, now, isStopping } = options
  // compose.ts reads who caused an outgoing fetch from `app.currentContext`.
  const app = new Koa({ asyncLocalStorage: true })
  app.keys = options.cookieMacs
  // Koa then reads the X-Forwarded-* headers, which canonical-origin.ts overwrites.
  app.proxy = true
  // error-handler.ts handles the errors of requests; only broken connections end up here.
  app.on('error', (err: Error) => logger.info({ err }, 'connection failed'))

  const path = pathOfIssuer(config.issuer)
  const callback = callbackRoute(new URL(config.upstream.redirectUri).pathname.slice(path.length))
  const site = createSite(config)

  const router = new Router()
  const accessGate = createAccessGate(options)
  const interaction = interactionEndpoints({ ...options, accessGate })
  const answerUserinfo = userinfo({ ...options, issuer: config.issuer })
  router.get(ROUTES.landing.path, landing)
  router.get(ROUTES.livez.path, livez)
  router.get(ROUTES.readyz.path, readyz(options))
  addAssetRoutes(router, site)
  router.get(ROUTES.interaction.path, interaction.show)
  router.post(ROUTES.approve.path, interaction.approve)
  router.post(ROUTES.deny.path, interaction.deny)
  router.get(callback.path, upstreamCallback({ ...options, accessGate }))
  const upstreamEvents = upstreamEventEndpoints(options)
  router.post(ROUTES.backchannelLogout.path, upstreamEvents.logOut)
  router.post(ROUTES.globalTokenRevocation.path, upstreamEvents.revoke)
  router.get(ROUTES.userinfo.path, answerUserinfo)
  router.post(ROUTES.userinfo.path, answerUserinfo)
  router.post(ROUTES.introspection.path, introspection({ ...options, ...config }))
  router.get(ROUTES.authorization.path, rejectPrefetch)
  router.post(ROUTES.authorization.path, redirectPostToGet(ROUTES.authorization.path))
  addAccountRoutes(router, options)

  const closing = new WeakSet<Socket>()
  const documents = createReadyDocuments(options)
  const responses = createReadyResponses({ config, closing, isStopping, logger })
  const admission = createAdmission({ ...config.connections, logger })
  const answerIfReady = createReadyAnswers({ ...config, documents, responses })
  const refuseIfFull = createQuickRefusals({ ...config, admission, responses })

  app.use(connectionClose({ isStopping, closing }))
  app.use(canonicalOrigin(config))
  app.use(issuerPath({ path }))
  app.use(
    beginRequest({
      ...options,
      site,
      findRoute: createRouteFinder([callback, ...Object.values(ROUTES)]),
    }),
  )
  app.use(requestLog({ now }))
  app.use(securityHeaders(config))
  app.use(errorHandler())
  app.use(cors())
  app.use(admit(admission))
  app.use(requestDeadline())
  app.use(metadata(documents))
  app.use(registrationGate(config.registration))
  app.use(basicCredentials(config))
  app.use(allowedMethods())
  app.use(rateLimit(options))
  app.use(bodyLimit())
  app.use(router.routes())
  app.use(mount(options.engine))
  return { app, listener: answerIfReady(refuseIfFull(app.callback())) }
}
