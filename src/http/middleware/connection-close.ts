// Decides which responses end their connection: those of a server that stops, so that a client or proxy sends its
// next request to another replica, and those sent before the whole request has arrived.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate as endOfPoll } from 'node:timers/promises'
import type { Middleware } from 'koa'

/** How long and how much a client may still send after an early response, so that it can read that response. */
const LINGER_MS = 1000
const LINGER_BYTES = 256 * 1024

/** @param options.closing gets each connection whose client was told that it closes */
export function connectionClose(options: {
  isStopping: () => boolean
  closing: WeakSet<Socket>
}): Middleware {
  const { isStopping, closing } = options
  return async function closeConnections(ctx, next) {
    // RFC 9112 §9.6: a request after the announcement of the close is not processed.
    if (closing.has(ctx.req.socket)) {
      ctx.respond = false
      return
    }
    await next()
    // The parser may still be at work on a body that came together with its headers.
    if (!ctx.req.complete) await endOfPoll()
    const isEarly = !ctx.req.complete
    if (isStopping() || isEarly) ctx.set('Connection', 'close')
    if (!isEarly) return
    closing.add(ctx.req.socket)
    lingerThenClose(ctx.req)
  }
}

/**
 * Ends the connection of a request that was answered before its body arrived. RFC 9112 §9.6: a server that closes at
 * once resets the connection, and the client loses the response. So we close our half, discard a bounded part of the
 * body, and then close.
 */
function lingerThenClose(req: IncomingMessage): void {
  const { socket } = req
  // After a response with `Connection: close`, node:http calls this method to close the connection.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  }
  let discardedBytes = 0
  req.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length
    if (discardedBytes > LINGER_BYTES) req.pause()
  })
}
