// Not giving up while the server is away, and knowing afterwards what it may have heard.
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000

/** The server has said that it can't answer now. What it had done by then, nobody knows. */
class UnavailableError extends Error {}

export function requireAvailable(status: number, what: string): void {
  if (status === 503) throw new UnavailableError(what)
}

/** The code of the broken connection behind an error. */
function findBreak(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  return /^(ECONN|EPIPE|UND_ERR_SOCKET)/.test(code) ? code : findBreak(error.cause)
}

interface Outcome<T> {
  readonly answer: T
  /** Whether an attempt before may have reached the server, so that this one was the second. */
  readonly isUnsure: boolean
}

/** Tries again while the server is away; anything else is a failure of the promise. */
export async function insist<T>(attempt: () => Promise<T>): Promise<Outcome<T>> {
  const endsAtMs = performance.now() + PATIENCE_MS
  let isUnsure = false
  while (true) {
    try {
      return { answer: await attempt(), isUnsure }
    } catch (error) {
      const broken = findBreak(error)
      const isOutage = broken !== undefined || error instanceof UnavailableError
      if (!isOutage || performance.now() > endsAtMs) throw error
      // Who is refused a connection has not been heard.
      if (broken !== 'ECONNREFUSED') isUnsure = true
      await sleep(50 + Math.random() * 100)
    }
  }
}

/** Now and then someone takes a moment before going on, and holds meanwhile what the server has told. */
export async function linger(): Promise<void> {
  if (Math.random() < 0.25) await sleep(Math.random() * 400)
}

/** Runs `work` for each item, a few at a time; the first failure ends it. */
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
