type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>

export interface Exchange {
  readonly method: string
  readonly url: string
  readonly status: number
  /** The parsed body: a form or JSON becomes an object; undefined without a body. */
  readonly request: unknown
  /** Undefined also if it is an event stream. */
  readonly response: unknown
  /** The WWW-Authenticate header. */
  readonly challenge: string | undefined
}

/** A `fetch` that records its requests and answers, for the demo to print and for tests to check. */
export function createRecordingFetch(): { fetch: FetchLike; exchanges: readonly Exchange[] } {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    async fetch(url, init) {
      const response = await fetch(url, init)
      exchanges.push({
        method: init?.method ?? 'GET',
        url: String(url),
        status: response.status,
        request: parseRequest(init?.body),
        response: isStream(response) ? undefined : await parseResponse(response.clone()),
        challenge: response.headers.get('www-authenticate') ?? undefined,
      })
      return response
    },
  }
}

function parseRequest(body: RequestInit['body']): unknown {
  if (body instanceof URLSearchParams) return Object.fromEntries(body)
  return typeof body === 'string' ? parseText(body) : undefined
}

/** A stream may never end, and reading a copy of it would wait for its end. */
function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false
}

async function parseResponse(response: Response): Promise<unknown> {
  const body = await response.text()
  return body === '' ? undefined : parseText(body)
}

function parseText(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
