import { setTimeout as sleep } from 'node:timers/promises'

const TIMEOUT_MS = 10_000

/** Resolves once the condition is true. Rejects after 10 s. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + TIMEOUT_MS
  while (!(await condition())) {
    if (performance.now() > endsAtMs)
      throw new Error(`not so within ${TIMEOUT_MS} ms: ${condition}`)
    await sleep(5)
  }
}
