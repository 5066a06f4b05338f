// Refuses what clients post to a full server before Koa, with what is ready: under overload, refusals must not take the
// time of the requests that were admitted. Pages, and all that is unusual, are refused by middleware/admission.ts.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config/load.ts'
import { FAULTS } from '../faults.ts'
import type { Logger } from '../log.ts'
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { Admission } from './admission.ts'
import { createSenderLookup } from './middleware/canonical-origin.ts'
import { CROSS_ORIGIN_HEADERS } from './middleware/cors.ts'
import { createSecurityHeaders } from './middleware/security-headers.ts'
import { createRequestId } from './request-state.ts'
import { ROUTES, type Route } from './routes.ts'

const { status, error, description } = FAULTS.overloaded
const BODY = JSON.stringify({ error, error_description: description })

/** @param options.closing the connections whose client was told that they close */
export function createQuickRefusals(options: {
  config: Pick<Config, 'issuer' | 'trustedProxies' | 'crossOriginOpenerPolicy'>
  admission: Admission
  closing: WeakSet<Socket>
  isStopping: () => boolean
  logger: Pick<Logger, 'info'>
}): (listener: RequestListener) => RequestListener {
  const { config, admission, closing, isStopping, logger } = options
  const findSender = createSenderLookup(config)
  const common = {
    ...createSecurityHeaders(config),
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(BODY)),
  }
  const headersOf = ({ isCrossOrigin }: Route) =>
    Object.entries(isCrossOrigin ? { ...common, ...CROSS_ORIGIN_HEADERS } : common).flat()
  const routes = new Map(
    Object.values<Route>(ROUTES)
      .filter(({ caller, methods }) => caller === 'client' && methods.includes('POST'))
      .map((route) => [
        pathOfIssuer(config.issuer) + route.path,
        { route, headers: headersOf(route) },
      ]),
  )

  function refuse(
    req: IncomingMessage,
    res: ServerResponse,
    { route, headers }: { route: Route; headers: string[] },
  ): void {
    const requestId = createRequestId()
    const retryAfter = String(admission.refuse().retryAfterSeconds)
    res.writeHead(status, ['X-Request-Id', requestId, 'Retry-After', retryAfter, ...headers])
    res.end(BODY)
    const line = { requestId, method: req.method, route: route.path, status }
    const fault = { error, detail: 'overloaded' }
    logger.info({ ...line, address: findSender(req), durationMs: 0, ...fault }, 'request')
  }

  return (listener) => (req, res) => {
    const known = req.method === 'POST' ? routes.get(req.url ?? '') : undefined
    if (!known || isStopping() || closing.has(req.socket) || !admission.isFull(known.route)) {
      listener(req, res)
      return
    }
    // The parser may still be at work on a body that came together with its headers. One that did not is left to Koa,
    // which closes such connections.
    setImmediate(() => {
      if (req.complete && admission.isFull(known.route)) refuse(req, res, known)
      else listener(req, res)
    })
  }
}
