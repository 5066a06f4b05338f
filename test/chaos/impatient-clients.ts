// Clients that hang up if a refresh takes too long, and retry with the token that they hold.
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlantedGrant } from './plant-grants.ts'

/** A client whose processes share its token. Each process reads it before it refreshes. */
export interface SharedToken extends PlantedGrant {
  token: string
}

export interface RefreshTally {
  refreshed: number
  /** Requests whose client hung up. */
  timedOut: number
  /** 503 responses. */
  unavailable: number
  /** All other responses: they cost a client its session. */
  readonly refusals: string[]
}

/** What a process does at its next refresh. */
interface Attempt {
  readonly url: string
  readonly patienceMs: number
  /** How long the process holds the token that it has read before it sends it. */
  readonly holdMs?: number
}

export interface Process {
  readonly shared: SharedToken
  readonly chooseAttempt: () => Attempt
}

/** Runs the processes for `durationMs`, each one refresh after the other, or until one is refused. */
export async function runImpatiently(
  processes: readonly Process[],
  durationMs: number,
): Promise<RefreshTally> {
  const tally: RefreshTally = { refreshed: 0, timedOut: 0, unavailable: 0, refusals: [] }
  const endsAtMs = performance.now() + durationMs
  const run = async ({ shared, chooseAttempt }: Process): Promise<void> => {
    while (performance.now() < endsAtMs && tally.refusals.length === 0) {
      await attemptRefresh(shared, chooseAttempt(), tally)
    }
  }
  await Promise.all(processes.map(run))
  return tally
}

async function attemptRefresh(
  shared: SharedToken,
  { url, patienceMs, holdMs = 0 }: Attempt,
  tally: RefreshTally,
): Promise<void> {
  const { client, token } = shared
  await sleep(holdMs)
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: token,
  })
  const signal = AbortSignal.timeout(patienceMs)
  try {
    const response = await fetch(`${url}/token`, { method: 'POST', body, signal })
    const answer = (await response.json()) as Record<string, unknown>
    if (response.status === 200) {
      tally.refreshed += 1
      // Otherwise another process has stored a newer one.
      if (shared.token === token) shared.token = String(answer['refresh_token'])
    } else if (response.status === 503) {
      tally.unavailable += 1
    } else {
      tally.refusals.push(`${response.status} ${JSON.stringify(answer)}`)
    }
  } catch (error) {
    if (!signal.aborted) throw error
    tally.timedOut += 1
  }
}
