// The http server and the limits of its connections: how long each may wait for what, and how many there are.
// http/middleware/connection-close.ts decides which responses end their connection.
import { createServer, type Server } from 'node:http'
import type { ConnectionSettings } from '../../config/connections.ts'
import type { Logger } from '../../log.ts'
import { createEpisodeLog } from '../episode-log.ts'

/** How late a connection may be closed whose headers or request are overdue. */
const CHECK_MS = 1000
const QUIET_MS = 10_000

/** @param options.quietMs how long no connection is rejected before the log says that the rejections ended */
export function createHttpServer(options: {
  connections: ConnectionSettings
  logger: Pick<Logger, 'warn' | 'info'>
  quietMs?: number
}): Server {
  const { connections, logger, quietMs = QUIET_MS } = options
  const server = createServer({
    connectionsCheckingInterval: CHECK_MS,
    headersTimeout: connections.headersSeconds * 1000,
    requestTimeout: connections.requestSeconds * 1000,
    keepAliveTimeout: connections.keepAliveSeconds * 1000,
  })
  // The timeouts above do not close a connection whose client sends requests and does not read the responses.
  server.timeout = connections.responseSeconds * 1000
  server.maxConnections = connections.maxConnections
  // RFC 9110 §10.1.1 lets a server ignore an unknown expectation. After its own 417, Node would read the whole body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  const { maxConnections } = connections
  const rejections = createEpisodeLog({
    quietMs,
    onBegin: () =>
      logger.warn(
        { maxConnections },
        'new connections are rejected: see connections.maxConnections',
      ),
    onEnd: (rejected) => logger.info({ rejected }, 'new connections are accepted again'),
  })
  server.on('drop', rejections.note)
  return server
}
