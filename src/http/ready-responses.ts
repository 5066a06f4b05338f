// Responses that are ready before a request comes, written without Koa: with the headers and the log line that every
// other response has. ready-answers.ts and quick-refusals.ts decide which requests get one.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { createSenderLookup } from './middleware/canonical-origin.ts'
import { CROSS_ORIGIN_HEADERS } from './middleware/cors.ts'
import { createSecurityHeaders } from './middleware/security-headers.ts'
import { createRequestId } from './request-state.ts'
import type { Route } from './routes.ts'

type Headers = Readonly<Record<string, string>>

export interface ReadyResponse {
  readonly route: Route
  readonly status: number
  /** Its own; those of every response are added when it is prepared. */
  readonly headers: Headers
  readonly text: string
  /** For the log, why the request failed. */
  readonly fault?: { readonly error: string; readonly detail: string }
}

type PreparedResponse = Omit<ReadyResponse, 'headers'> & {
  /** As `writeHead` takes them. */
  readonly headers: readonly string[]
}

export interface ReadyResponses {
  prepare(response: ReadyResponse): PreparedResponse
  /** False: the connection has to end, and Koa's middleware decides how. */
  canWrite(req: IncomingMessage): boolean
  /** @param more headers of this response alone, as `writeHead` takes them */
  write(
    exchange: { readonly req: IncomingMessage; readonly res: ServerResponse },
    response: PreparedResponse,
    more?: readonly string[],
  ): void
}

/** @param options.closing the connections whose client was told that they close */
export function createReadyResponses(options: {
  config: Pick<Config, 'issuer' | 'trustedProxies' | 'crossOriginOpenerPolicy'>
  closing: WeakSet<Socket>
  isStopping: () => boolean
  logger: Pick<Logger, 'info'>
}): ReadyResponses {
  const { config, closing, isStopping, logger } = options
  const findSender = createSenderLookup(config)
  const securityHeaders = createSecurityHeaders(config)
  return {
    prepare(response) {
      const { route, headers } = response
      const all = {
        ...securityHeaders,
        ...(route.isCrossOrigin ? CROSS_ORIGIN_HEADERS : {}),
        ...headers,
      }
      return { ...response, headers: Object.entries(all).flat() }
    },
    canWrite: (req) => !isStopping() && !closing.has(req.socket),
    write({ req, res }, { route, status, headers, text, fault }, more = []) {
      const requestId = createRequestId()
      const address = findSender(req)
      res.writeHead(status, ['X-Request-Id', requestId, ...more, ...headers])
      // As a string, it leaves in one write with the headers.
      res.end(text)
      const request = { requestId, method: req.method, route: route.path }
      logger.info({ ...request, status, address, durationMs: 0, ...fault }, 'request')
    },
  }
}
