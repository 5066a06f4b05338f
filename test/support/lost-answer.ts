// A request whose answer never arrives, because the client hangs up as soon as it has sent the request.
import { request } from 'node:http'

/** Resolves when the kernel has the request and the connection is closed. */
export function loseAnswer(url: string, form: Readonly<Record<string, string>>): Promise<void> {
  const body = new URLSearchParams(form).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const outgoing = request(url, { method: 'POST', headers, agent: false })
  outgoing.on('error', () => {}).on('close', resolve)
  outgoing.on('finish', () => setImmediate(() => outgoing.destroy()))
  outgoing.end(body)
  return promise
}
