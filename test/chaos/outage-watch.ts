// Checks every response during an outage against the promise: it is complete, it arrives within 10 s,
// and it is either correct or a 503 with Retry-After.
import type { BrokenAnswer, ForwardedAnswer } from '../support/load-balancer.ts'

const LONGEST_MS = 10_000

export interface OutageWatch {
  recordAnswer(answer: ForwardedAnswer): void
  recordBroken(answer: BrokenAnswer): void
  /** One line for each response that broke the promise. */
  readonly faults: readonly string[]
  readonly statuses: Readonly<Record<number, number>>
  readonly slowestMs: number
}

export function createOutageWatch(): OutageWatch {
  const faults: string[] = []
  const statuses: Record<number, number> = {}
  /** Single-use values that may be spent, because a request with one got a 503 or no response. */
  const possiblySpent = new Set<string>()
  let slowestMs = 0

  function recordFault(
    { method, path, durationMs }: ForwardedAnswer | BrokenAnswer,
    fault: string,
  ): void {
    faults.push(`${method} ${path.replace(/\?.*/, '')} after ${durationMs} ms: ${fault}`)
  }

  return {
    faults,
    statuses,
    get slowestMs() {
      return slowestMs
    },
    recordAnswer(answer) {
      const { status, durationMs } = answer
      statuses[status] = (statuses[status] ?? 0) + 1
      slowestMs = Math.max(slowestMs, durationMs)
      const singleUse = findSingleUse(answer)
      const mayBeSpent = singleUse !== undefined && possiblySpent.has(singleUse)
      const fault = findFault(answer, mayBeSpent)
      if (fault !== undefined) recordFault(answer, `${status}, ${fault}`)
      if (status === 503 && singleUse !== undefined) possiblySpent.add(singleUse)
    },
    recordBroken(answer) {
      const singleUse = findSingleUse(answer)
      if (singleUse !== undefined) possiblySpent.add(singleUse)
      recordFault(answer, String(answer.error))
    },
  }
}

function findFault(answer: ForwardedAnswer, mayBeSpent: boolean): string | undefined {
  const { status, headers, body, durationMs } = answer
  if (durationMs >= LONGEST_MS) return 'too late'
  if (status === 503) {
    if (!/^\d+$/.test(String(headers['retry-after']))) return 'no Retry-After'
    if (headers['content-type']?.startsWith('text/html')) return undefined
    return /"(temporarily_unavailable|unavailable)"/.test(body) ? undefined : body
  }
  if (status < 400 || (status < 500 && mayBeSpent)) return undefined
  return body.slice(0, 300)
}

/** The single-use value of a request: a code, or the path of a callback or of a resumed interaction. */
function findSingleUse({ path, requestBody }: ForwardedAnswer | BrokenAnswer): string | undefined {
  if (path === '/token') return new URLSearchParams(requestBody).get('code') ?? undefined
  return /^\/(callback\?|authorize\/)/.test(path) ? path : undefined
}
