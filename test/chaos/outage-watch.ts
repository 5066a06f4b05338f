// Holds every answer of an outage to the promise: in time, and either right or a 503 that says when to
// come again.
import type { FrontAnswer } from '../support/front.ts'

const LONGEST_MS = 10_000

export interface OutageWatch {
  see(answer: FrontAnswer): void
  /** What broke the promise. */
  readonly faults: readonly string[]
  readonly statuses: Readonly<Record<number, number>>
  readonly slowestMs: number
}

export function createOutageWatch(): OutageWatch {
  const faults: string[] = []
  const statuses: Record<number, number> = {}
  let slowestMs = 0
  return {
    faults,
    statuses,
    get slowestMs() {
      return slowestMs
    },
    see(answer) {
      const { method, path, status, durationMs } = answer
      statuses[status] = (statuses[status] ?? 0) + 1
      slowestMs = Math.max(slowestMs, durationMs)
      const fault = findFault(answer)
      if (fault === undefined) return
      faults.push(
        `${method} ${path.replace(/\?.*/, '')}: ${status} after ${durationMs} ms, ${fault}`,
      )
    },
  }
}

function findFault(answer: FrontAnswer): string | undefined {
  const { status, headers, body, durationMs } = answer
  if (durationMs >= LONGEST_MS) return 'too late'
  if (status === 503) {
    if (!/^\d+$/.test(String(headers['retry-after']))) return 'no Retry-After'
    if (headers['content-type']?.startsWith('text/html')) return undefined
    return /"(temporarily_unavailable|unavailable)"/.test(body) ? undefined : body
  }
  if (status < 400 || isUnsureCode(answer)) return undefined
  return body.slice(0, 300)
}

/** Whether it was unsure is the client's to say: insistence.ts lets no other pass. */
function isUnsureCode({ path, requestBody, body }: FrontAnswer): boolean {
  return (
    path === '/token' &&
    requestBody.includes('grant_type=authorization_code') &&
    body.includes('invalid_grant')
  )
}
