// GET of a document that is the same for everybody, answered before Koa. A request that asks for anything else (another
// method, a query, a condition, an unusual spelling) goes the whole way, and gets the same headers there.
import type { IncomingMessage, RequestListener } from 'node:http'
import { pathOfIssuer } from '../oauth/issuer.ts'
import type { ReadyDocument } from './endpoints/metadata.ts'
import type { ReadyResponses } from './ready-responses.ts'
import { ROUTES } from './routes.ts'

/** @returns a listener that passes on what it does not answer */
export function createReadyAnswers(options: {
  issuer: string
  documents: readonly ReadyDocument[]
  responses: ReadyResponses
}): (listener: RequestListener) => RequestListener {
  const { issuer, documents, responses } = options
  const answers = new Map(
    documents.flatMap((document) => {
      const answer = responses.prepare({ ...document, status: 200 })
      return pathsOf(document, pathOfIssuer(issuer)).map((path) => [path, answer] as const)
    }),
  )
  return (listener) => (req, res) => {
    const answer = answers.get(req.url ?? '')
    if (answer && isPlain(req) && responses.canWrite(req)) responses.write({ req, res }, answer)
    else listener(req, res)
  }
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['if-none-match'] === undefined &&
    headers['if-modified-since'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  )
}

/** Where a document is, as clients spell it. RFC 8414 §3.1 puts the issuer's path after the well-known part. */
function pathsOf({ route }: ReadyDocument, issuerPath: string): string[] {
  const isMetadata = route === ROUTES.oauthMetadata || route === ROUTES.openidMetadata
  const paths = [issuerPath + route.path, ...(isMetadata ? [route.path + issuerPath] : [])]
  return [...new Set(paths)]
}
