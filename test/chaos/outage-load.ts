// Load during a store outage: refreshes at a steady rate however many are pending, new sign-ins, and
// returning browsers that are already signed in.
import { setTimeout as sleep } from 'node:timers/promises'
import { refresh } from '../support/journey.ts'
import { runWorkers } from './insistence.ts'
import { type Installation, insistOnRefresh, insistOnSignIn } from './installation.ts'

const INSTALLATIONS = 60
const REFRESHES_PER_SECOND = 60
const SIGN_IN_WORKERS = 2

export interface OutageLoad {
  /** How many sign-ins have completed since the load started. */
  readonly signIns: number
  /** The errors of the refreshes that got no response. */
  readonly broken: readonly unknown[]
  stop(): void
  /** Stops the load, then refreshes each client and checks each session. Throws if one was lost. */
  finish(): Promise<void>
}

export async function startOutageLoad(issuer: string): Promise<OutageLoad> {
  const installations: Installation[] = []
  const broken: unknown[] = []
  await runWorkers(4, Array(INSTALLATIONS).keys(), async (n) => {
    installations.push(await insistOnSignIn(issuer, `Client ${n}`))
  })
  const stop = new AbortController()
  const { signal } = stop
  let signIns = 0

  /** Concurrent calls may send the same token; the first response with its successor is kept. */
  async function refreshOnce(installation: Installation): Promise<void> {
    const { client, refreshToken } = installation
    const answer = await refresh(issuer, client, refreshToken).catch((error: unknown) => {
      broken.push(error)
    })
    // outage-watch.ts judges wrong responses; here the client keeps its token.
    if (answer?.status !== 200 || installation.refreshToken !== refreshToken) return
    installation.refreshToken = String(answer.body['refresh_token'])
  }

  async function refreshSteadily(): Promise<void> {
    const waiting = new Set<Promise<void>>()
    for (let n = 0; !signal.aborted; n += 1) {
      const installation = installations[n % INSTALLATIONS]
      if (!installation) break
      const work = refreshOnce(installation).finally(() => waiting.delete(work))
      waiting.add(work)
      await sleep(1000 / REFRESHES_PER_SECOND)
    }
    await Promise.all(waiting)
  }

  async function signInSteadily(worker: number): Promise<void> {
    for (let n = 0; !signal.aborted; n += 1) {
      installations.push(await insistOnSignIn(issuer, `Late client ${worker}.${n}`))
      signIns += 1
      await sleep(100)
    }
  }

  /** Browsers that signed in before the outage return during it. */
  async function visitSteadily(): Promise<void> {
    for (let n = 0; !signal.aborted; n += 1) {
      const visitor = installations[n % INSTALLATIONS]
      if (visitor) await visitor.browser.requireSignedIn(visitor.client)
      await sleep(100)
    }
  }

  const work = Promise.all([
    refreshSteadily(),
    visitSteadily(),
    ...Array.from({ length: SIGN_IN_WORKERS }, (_, worker) => signInSteadily(worker)),
  ])
  // finish() rethrows the error.
  work.catch(() => {})
  return {
    broken,
    get signIns() {
      return signIns
    },
    stop: () => stop.abort(),
    async finish() {
      stop.abort()
      await work
      await runWorkers(4, installations, async (installation) => {
        await insistOnRefresh(issuer, installation)
        await installation.browser.requireSignedIn(installation.client)
      })
    },
  }
}
