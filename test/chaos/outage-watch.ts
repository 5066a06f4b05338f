// Holds every answer of an outage to the promise: in time, whole, and either right or a 503 that says when
// to come again.
import type { BrokenAnswer, ForwardedAnswer } from '../support/load-balancer.ts'

const LONGEST_MS = 10_000

export interface OutageWatch {
  see(answer: ForwardedAnswer): void
  miss(answer: BrokenAnswer): void
  /** What broke the promise. */
  readonly faults: readonly string[]
  readonly statuses: Readonly<Record<number, number>>
  readonly slowestMs: number
}

export function createOutageWatch(): OutageWatch {
  const faults: string[] = []
  const statuses: Record<number, number> = {}
  /** What can be used once, and may have been: an attempt with it got a 503, or no answer. */
  const unsure = new Set<string>()
  let slowestMs = 0

  function blame(
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
    see(answer) {
      const { status, durationMs } = answer
      statuses[status] = (statuses[status] ?? 0) + 1
      slowestMs = Math.max(slowestMs, durationMs)
      const used = findSingleUse(answer)
      const isForgiven = used !== undefined && unsure.has(used)
      const fault = findFault(answer, isForgiven)
      if (fault !== undefined) blame(answer, `${status}, ${fault}`)
      if (status === 503 && used !== undefined) unsure.add(used)
    },
    miss(answer) {
      const used = findSingleUse(answer)
      if (used !== undefined) unsure.add(used)
      blame(answer, String(answer.error))
    },
  }
}

function findFault(answer: ForwardedAnswer, isForgiven: boolean): string | undefined {
  const { status, headers, body, durationMs } = answer
  if (durationMs >= LONGEST_MS) return 'too late'
  if (status === 503) {
    if (!/^\d+$/.test(String(headers['retry-after']))) return 'no Retry-After'
    if (headers['content-type']?.startsWith('text/html')) return undefined
    return /"(temporarily_unavailable|unavailable)"/.test(body) ? undefined : body
  }
  if (status < 400 || (status < 500 && isForgiven)) return undefined
  return body.slice(0, 300)
}

/** What a second attempt would find used: a code, the state of a callback, an interaction that resumes. */
function findSingleUse({ path, requestBody }: ForwardedAnswer | BrokenAnswer): string | undefined {
  if (path === '/token') return new URLSearchParams(requestBody).get('code') ?? undefined
  return /^\/(callback\?|authorize\/)/.test(path) ? path : undefined
}
