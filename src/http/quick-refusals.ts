// Refuses what clients post to a full server before Koa: under overload, refusals must not take the time of the requests
// that were admitted. Pages, and all that is unusual, are refused by middleware/admission.ts.
import type { RequestListener } from 'node:http'
import { FAULTS } from '../faults.ts'
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { Admission } from './admission.ts'
import type { ReadyResponses } from './ready-responses.ts'
import { ROUTES, type Route } from './routes.ts'

const { status, error, description } = FAULTS.overloaded
const TEXT = JSON.stringify({ error, error_description: description })
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': String(Buffer.byteLength(TEXT)),
}

/** @returns a listener that passes on what it does not refuse */
export function createQuickRefusals(options: {
  issuer: string
  admission: Admission
  responses: ReadyResponses
}): (listener: RequestListener) => RequestListener {
  const { issuer, admission, responses } = options
  const fault = { error, detail: 'overloaded' }
  const refusals = new Map(
    Object.values<Route>(ROUTES)
      .filter(({ caller, methods }) => caller === 'client' && methods.includes('POST'))
      .map((route) => {
        const refusal = responses.prepare({ route, status, headers: HEADERS, text: TEXT, fault })
        return [pathOfIssuer(issuer) + route.path, refusal]
      }),
  )
  return (listener) => (req, res) => {
    const refusal = req.method === 'POST' ? refusals.get(req.url ?? '') : undefined
    if (!refusal || !admission.isFull(refusal.route) || !responses.canWrite(req)) {
      listener(req, res)
      return
    }
    // The parser may still be at work on a body that came together with its headers. One that did not is left to Koa,
    // which closes such connections.
    setImmediate(() => {
      if (!req.complete || !admission.isFull(refusal.route)) {
        listener(req, res)
        return
      }
      const retryAfter = String(admission.refuse().retryAfterSeconds)
      responses.write({ req, res }, refusal, ['Retry-After', retryAfter])
    })
  }
}
