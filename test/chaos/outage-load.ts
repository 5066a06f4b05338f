// People and clients that go on while the store is away: refreshes at a steady rate, whoever waits
// already, logins, and people who are signed in already.
import { setTimeout as sleep } from 'node:timers/promises'
import { refresh } from '../support/journey.ts'
import { runWorkers } from './insistence.ts'
import { type Installation, logInInsisting, refreshInsisting } from './installation.ts'

const INSTALLATIONS = 60
const REFRESHES_PER_SECOND = 60
const LOGIN_WORKERS = 2

export interface OutageLoad {
  /** How many logins came through meanwhile. */
  readonly logins: number
  /** Refreshes that got no answer, by the errors of their clients. */
  readonly broken: readonly unknown[]
  stop(): void
  /** Stops it, and asks for everyone once more. Throws when anyone has lost tokens or session. */
  finish(): Promise<void>
}

export async function startOutageLoad(issuer: string): Promise<OutageLoad> {
  const held: Installation[] = []
  const broken: unknown[] = []
  await runWorkers(4, Array(INSTALLATIONS).keys(), async (n) => {
    held.push(await logInInsisting(issuer, `Client ${n}`))
  })
  const stop = new AbortController()
  const { signal } = stop
  let logins = 0

  /** Many may send the same token at once; whoever hears of its successor keeps that. */
  async function refreshAtOnce(installation: Installation): Promise<void> {
    const { client, refreshToken } = installation
    const answer = await refresh(issuer, client, refreshToken).catch((error: unknown) => {
      broken.push(error)
    })
    // What a wrong answer means is the watch's to judge; here the client keeps what it has.
    if (answer?.status !== 200 || installation.refreshToken !== refreshToken) return
    installation.refreshToken = String(answer.body['refresh_token'])
  }

  async function refreshSteadily(): Promise<void> {
    const waiting = new Set<Promise<void>>()
    for (let n = 0; !signal.aborted; n += 1) {
      const installation = held[n % INSTALLATIONS]
      if (!installation) break
      const work = refreshAtOnce(installation).finally(() => waiting.delete(work))
      waiting.add(work)
      await sleep(1000 / REFRESHES_PER_SECOND)
    }
    await Promise.all(waiting)
  }

  async function logInSteadily(worker: number): Promise<void> {
    for (let n = 0; !signal.aborted; n += 1) {
      held.push(await logInInsisting(issuer, `Late client ${worker}.${n}`))
      logins += 1
      await sleep(100)
    }
  }

  /** Those of before the outage come again in the middle of it. */
  async function visitSteadily(): Promise<void> {
    for (let n = 0; !signal.aborted; n += 1) {
      const visitor = held[n % INSTALLATIONS]
      if (visitor) await visitor.person.requireSignedIn(visitor.client)
      await sleep(100)
    }
  }

  const work = Promise.all([
    refreshSteadily(),
    visitSteadily(),
    ...Array.from({ length: LOGIN_WORKERS }, (_, worker) => logInSteadily(worker)),
  ])
  // Thrown by finish().
  work.catch(() => {})
  return {
    broken,
    get logins() {
      return logins
    },
    stop: () => stop.abort(),
    async finish() {
      stop.abort()
      await work
      await runWorkers(4, held, async (installation) => {
        await refreshInsisting(issuer, installation)
        await installation.person.requireSignedIn(installation.client)
      })
    },
  }
}
