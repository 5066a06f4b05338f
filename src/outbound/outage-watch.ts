// Notices when no host can be reached any more, by the fetches that clients cause anyway. One host that
// fails is its own trouble; if all fail, the network of this server is the likely cause.
import type { DialStep } from './dialler.ts'

export interface UnreachedHost {
  readonly hostname: string
  /** Where the fetch failed. */
  readonly step: Exclude<DialStep, 'check'>
  readonly error: unknown
}

export interface OutageWatch {
  /** A host gave no response. */
  noteFailure(host: UnreachedHost): void
  /** A host gave a response, whichever. */
  noteAnswer(): void
}

const FAILURES = 3

/**
 * An outage begins when three different hosts have failed and none has answered in between. As long as no
 * host has ever answered this process, three failures of the same host are enough.
 */
export function createOutageWatch(options: {
  onBegin: (last: UnreachedHost) => void
  onEnd: () => void
}): OutageWatch {
  const { onBegin, onEnd } = options
  const failedHosts = new Set<string>()
  let failures = 0
  let hasAnswered = false
  let isOut = false

  return {
    noteFailure(host) {
      if (isOut) return
      failures += 1
      failedHosts.add(host.hostname)
      isOut = (hasAnswered ? failedHosts.size : failures) >= FAILURES
      if (isOut) onBegin(host)
    },
    noteAnswer() {
      hasAnswered = true
      failures = 0
      failedHosts.clear()
      if (!isOut) return
      isOut = false
      onEnd()
    },
  }
}
