// Retries while the server is unavailable, and reports whether a lost attempt may have reached it.
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_TIMEOUT_MS = 60_000

/** The server answered 503. It may have acted on the request all the same. */
class UnavailableError extends Error {}

export function requireAvailable(status: number, what: string): void {
  if (status === 503) throw new UnavailableError(what)
}

/** The error code of the broken connection that caused `error`. */
function findConnectionErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  return /^(ECONN|EPIPE|UND_ERR_SOCKET)/.test(code) ? code : findConnectionErrorCode(error.cause)
}

interface Outcome<T> {
  readonly answer: T
  /** True if an earlier attempt may have reached the server, so that this response is to a repeat. */
  readonly isPossibleRepeat: boolean
}

/** Retries on a 503 or a broken connection, for up to 60 s. Any other error fails the test. */
export async function insist<T>(attempt: () => Promise<T>): Promise<Outcome<T>> {
  const endsAtMs = performance.now() + RETRY_TIMEOUT_MS
  let isPossibleRepeat = false
  while (true) {
    try {
      return { answer: await attempt(), isPossibleRepeat }
    } catch (error) {
      const connectionError = findConnectionErrorCode(error)
      const isOutage = connectionError !== undefined || error instanceof UnavailableError
      if (!isOutage || performance.now() > endsAtMs) throw error
      // The server never received a request whose connection was refused.
      if (connectionError !== 'ECONNREFUSED') isPossibleRepeat = true
      await sleep(50 + Math.random() * 100)
    }
  }
}

/** Pauses in one call of four, so that a client sometimes holds a value before it uses it. */
export async function linger(): Promise<void> {
  if (Math.random() < 0.25) await sleep(Math.random() * 400)
}

/** Runs `work` for each item, `count` at a time. Rejects at the first failure. */
export async function runWorkers<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const run = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: count }, run))
}
