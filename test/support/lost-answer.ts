// A request whose answer never arrives: the client hangs up once it is sent.
import { request } from 'node:http'

/** Resolves when the request is with the kernel and the connection closed. */
export function loseAnswer(url: string, form: Readonly<Record<string, string>>): Promise<void> {
  const body = new URLSearchParams(form).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  }
  const { promise, resolve } = Promise.withResolvers<void>()
  const asked = request(url, { method: 'POST', headers, agent: false })
  asked.on('error', () => {}).on('close', resolve)
  asked.on('finish', () => setImmediate(() => asked.destroy()))
  asked.end(body)
  return promise
}
