// A server process with its store in a file, whose live memory must not grow with what it is asked.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFaultyUpstream } from './faulty-upstream.ts'
import { findFreePort } from './free-port.ts'
import { authorize, buildAuthorization, redeem, register } from './journey.ts'
import { AMPLE_LIMITS } from './limits.ts'
import { LIVE_MEMORY_ENV, measureLiveMiB } from './live-memory.ts'
import { createReplica } from './replica.ts'
import { serverEnvironment } from './server-process.ts'
import { STRANGE_ROUTES, sendStrangeRequest } from './strange-requests.ts'

const CONCURRENCY = 8
const SETTLING_SECONDS = 8

export interface SteadyMemoryStage {
  /** Sends `count` strange requests to the routes in turn. */
  sendStrangeRequests(count: number, routes?: typeof STRANGE_ROUTES): Promise<void>
  /** Signs in `count` times: consent page, upstream, code, tokens. */
  signIn(count: number): Promise<void>
  /**
   * V8 goes on to optimise functions for a long time, and their code counts: about 2 KB for each sign-in.
   * @throws AssertionError if `work` leaves more than `maxMiB` in the process
   */
  assertSteady(
    t: TestContext,
    what: string,
    maxMiB: number,
    work: () => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

export async function openSteadyMemoryStage(): Promise<SteadyMemoryStage> {
  const directory = await mkdtemp(join(tmpdir(), 'steady-memory-'))
  const configFile = join(directory, 'config.json')
  await writeFile(configFile, JSON.stringify({ limits: AMPLE_LIMITS }))
  const storeUrl = `sqlite:${join(directory, 'store.db')}`
  // It signs a person in without a page, so that a sign-in takes half of the requests.
  const upstream = await startFaultyUpstream()
  const port = await findFreePort()
  const issuer = `http://localhost:${port}`
  const env = {
    ...(await serverEnvironment(port)),
    OIDC_ISSUER: issuer,
    UPSTREAM_ISSUER: upstream.issuer,
    UPSTREAM_CLIENT_SECRET: randomBytes(24).toString('base64url'),
    STORE_URL: storeUrl,
    CONFIG_FILE: configFile,
    LOG_LEVEL: 'error',
    ...LIVE_MEMORY_ENV,
  }
  const replica = createReplica({ port, env })
  await replica.start()
  const client = await register(issuer)

  async function signInOnce(): Promise<void> {
    const authorization = buildAuthorization(issuer, client)
    const answer = await authorize(authorization)
    const { status } = await redeem(issuer, client, { ...authorization, answer })
    assert.equal(status, 200)
  }

  return {
    sendStrangeRequests: (count, routes = STRANGE_ROUTES) =>
      repeat(count, async (n) => {
        const route = routes[n % routes.length]
        assert.ok(route)
        const { status } = await sendStrangeRequest(issuer, route)
        assert.ok(status < 500 || status === 503, `${route.path}: ${status}`)
      }),
    signIn: (count) => repeat(count, signInOnce),
    async assertSteady(t, what, maxMiB, work) {
      const before = await measureLiveMiB(replica)
      await work()
      let grown = (await measureLiveMiB(replica)) - before
      // Timeouts of requests to the upstream keep theirs for five seconds after the last sign-in.
      for (let n = 0; grown >= maxMiB && n < SETTLING_SECONDS; n += 1) {
        await sleep(1000)
        grown = (await measureLiveMiB(replica)) - before
      }
      t.diagnostic(`${what}: ${before.toFixed(1)} MiB before, ${grown.toFixed(2)} MiB more after`)
      assert.ok(grown < maxMiB, `${what} left ${grown.toFixed(2)} MiB`)
    },
    async close() {
      await replica.kill()
      await upstream.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function repeat(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async (): Promise<void> => {
    while (next < count) {
      next += 1
      await work(next)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, run))
}
