// Sends malformed requests to a server, some at once, and collects the answers that must not happen.
import { callbackRoute, ROUTES } from '../../src/http/routes.ts'
import { exchange, type Outcome } from './exchange.ts'
import type { Ingredients } from './ingredients.ts'
import {
  CALLBACK_PATH,
  createMalformedRequest,
  type MalformedRequest,
} from './malformed-request.ts'
import { createRandom } from './random.ts'

const CONCURRENCY = 16
/** Codes and interactions are used up or expire, and a reused token ends its grant. */
const REQUESTS_PER_GATHERING = 500

export interface Failure {
  readonly number: number
  readonly outcome: Outcome
  readonly request: string
}

export interface FuzzResult {
  readonly failures: readonly Failure[]
  /** How often each status was answered; `closed` for a connection without an answer. */
  readonly counts: Readonly<Record<string, number>>
}

export async function fuzz(options: {
  port: number
  seed: number
  /** The number of the first request. */
  first: number
  requests: number
  timeoutMs: number
  gather: () => Promise<Ingredients>
}): Promise<FuzzResult> {
  const { port, seed, first, requests, timeoutMs, gather } = options
  const routes = [...Object.values(ROUTES), callbackRoute(CALLBACK_PATH)]
  const host = `localhost:${port}`
  const failures: Failure[] = []
  const counts: Record<string, number> = {}

  async function attempt(number: number, ingredients: Ingredients): Promise<void> {
    const request = createMalformedRequest(createRandom(seed, number), {
      routes,
      host,
      ingredients,
    })
    const outcome = await exchange({ port, timeoutMs }, request)
    const label = outcome.kind === 'answered' ? String(outcome.status) : outcome.kind
    counts[label] = (counts[label] ?? 0) + 1
    if (isFailure(outcome, request)) failures.push({ number, outcome, request: request.bytes })
  }

  let next = first
  const end = first + requests
  while (next < end) {
    const ingredients = await gather()
    const pause = Math.min(end, next + REQUESTS_PER_GATHERING)
    const work = async () => {
      while (next < pause) await attempt(next++, ingredients)
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, work))
  }
  return { failures: failures.toSorted((a, b) => a.number - b.number), counts }
}

const EXPECTED_CALLBACK = new RegExp(`^GET [^ ?]*${CALLBACK_PATH}/?\\?[^ ]*\\b(code|error)=`, 'i')

/** 503 is for a store, an upstream or a client's host that does not answer. */
function isFailure(outcome: Outcome, { bytes, isComplete }: MalformedRequest): boolean {
  if (outcome.kind === 'hung') return true
  if (outcome.kind === 'closed') return isComplete
  // The code of a callback is the upstream's to judge, and its error is the upstream's word (docs/upstream-faults.md).
  if (outcome.status === 502) return !EXPECTED_CALLBACK.test(bytes)
  return outcome.status >= 500 && outcome.status !== 503
}
