// One request as raw bytes, which an HTTP client would refuse to send, and the status of its answer.
import { connect } from 'node:net'
import type { MalformedRequest } from './malformed-request.ts'

export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly requestId: string | undefined }
  /** The server closed the connection without an answer, as it may for bytes that are not HTTP. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'hung' }

export function exchange(
  { port, timeoutMs }: { port: number; timeoutMs: number },
  { bytes, isComplete }: MalformedRequest,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  const timer = setTimeout(() => {
    socket.destroy()
    resolve({ kind: 'hung' })
  }, timeoutMs)
  socket.setEncoding('latin1')
  // Both sides may close while the other still sends.
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.on('close', () => {
    clearTimeout(timer)
    resolve(parseAnswer(answer))
  })
  socket.write(Buffer.from(bytes, 'latin1'))
  // The server may wait for the rest. It gives up a complete request that is half-closed, so the others stay open.
  if (!isComplete) socket.end()
  return promise
}

function parseAnswer(answer: string): Outcome {
  const final = answer.replace(/^(?:HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)+/, '')
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(final) ?? []
  if (status === undefined) return { kind: 'closed' }
  const [, requestId] = /^x-request-id: (\S+)/im.exec(final) ?? []
  return { kind: 'answered', status: Number(status), requestId }
}
