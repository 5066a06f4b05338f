// GET of a document that is the same for everybody, answered before Koa with what is ready. A request that asks for
// anything else (another method, a query, a condition, an unusual spelling) goes the whole way, and gets the same
// headers there.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { ReadyDocument } from './endpoints/metadata.ts'
import { createSenderLookup } from './middleware/canonical-origin.ts'
import { CROSS_ORIGIN_HEADERS } from './middleware/cors.ts'
import { createSecurityHeaders } from './middleware/security-headers.ts'
import { createRequestId } from './request-state.ts'
import { ROUTES } from './routes.ts'

/** False: the request is not answered yet. */
type ReadyAnswers = (...args: Parameters<RequestListener>) => boolean

/** @param options.closing the connections whose client was told that they close */
export function createReadyAnswers(options: {
  config: Pick<Config, 'issuer' | 'trustedProxies' | 'crossOriginOpenerPolicy'>
  documents: readonly ReadyDocument[]
  closing: WeakSet<Socket>
  isStopping: () => boolean
  logger: Pick<Logger, 'info'>
}): ReadyAnswers {
  const { config, closing, isStopping, logger } = options
  const findSender = createSenderLookup(config)
  const common = { ...createSecurityHeaders(config), ...CROSS_ORIGIN_HEADERS }
  const answers = new Map(
    options.documents.flatMap((document) => {
      const headers = Object.entries({ ...common, ...document.headers }).flat()
      const answer = { route: document.route.path, headers, text: document.text }
      return pathsOf(document, pathOfIssuer(config.issuer)).map((path) => [path, answer] as const)
    }),
  )

  function isPlain({ method, headers, socket }: IncomingMessage): boolean {
    return (
      method === 'GET' &&
      headers['if-none-match'] === undefined &&
      headers['if-modified-since'] === undefined &&
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined &&
      !closing.has(socket)
    )
  }

  return function answerIfReady(req, res: ServerResponse) {
    const answer = answers.get(req.url ?? '')
    if (!answer || !isPlain(req) || isStopping()) return false
    const requestId = createRequestId()
    const address = findSender(req)
    res.writeHead(200, ['X-Request-Id', requestId, ...answer.headers])
    // As a string, it leaves in one write with the headers.
    res.end(answer.text)
    const { method } = req
    const line = { requestId, method, route: answer.route, status: 200, address, durationMs: 0 }
    logger.info(line, 'request')
    return true
  }
}

/** Where a document is, as clients spell it. RFC 8414 §3.1 puts the issuer's path after the well-known part. */
function pathsOf({ route }: ReadyDocument, issuerPath: string): string[] {
  const isMetadata = route === ROUTES.oauthMetadata || route === ROUTES.openidMetadata
  const paths = [issuerPath + route.path, ...(isMetadata ? [route.path + issuerPath] : [])]
  return [...new Set(paths)]
}
