// WORKERS: several processes behind one port are replicas of each other, and none is missed for long.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFleet } from '../support/fleet.ts'
import { findFreePort } from '../support/free-port.ts'
import { authorize, buildAuthorization, redeem, refresh, register } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { serverEnvironment, spawnNode } from '../support/server-process.ts'

const TIMEOUT_MS = 10_000

async function startWorkers(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'workers-'))
  const fleet = await startFleet({
    storeUrl: `sqlite:${join(directory, 'store.db')}`,
    replicas: 1,
    env: { WORKERS: '2' },
  })
  t.after(async () => {
    await fleet.close()
    await rm(directory, { recursive: true, force: true })
  })
  const [supervisor] = fleet.replicas
  assert.ok(supervisor)
  const logged = () => supervisor.logLines.map((line) => JSON.parse(line))

  /** The workers that answered `count` requests, each on a connection of its own. */
  async function whoAnswers(count: number): Promise<unknown[]> {
    const ids: unknown[] = []
    for (let n = 0; n < count; n++) {
      const answer = await send(`${fleet.issuer}/livez`, { headers: { connection: 'close' } })
      assert.equal(answer.status, 200)
      ids.push(answer.headers.get('x-request-id'))
    }
    await sleep(200)
    const lines = logged().filter(({ requestId }) => ids.includes(requestId))
    assert.equal(lines.length, count)
    return [...new Set(lines.map(({ worker }) => worker))].toSorted()
  }

  async function waitForLine(isWanted: (line: Record<string, unknown>) => boolean): Promise<void> {
    const endsAtMs = performance.now() + TIMEOUT_MS
    while (!logged().some(isWanted)) {
      assert.ok(performance.now() < endsAtMs, supervisor?.logLines.slice(-10).join('\n'))
      await sleep(20)
    }
  }

  return { fleet, supervisor, logged, whoAnswers, waitForLine }
}

test('two workers share the port and the sessions', async (t) => {
  const { fleet, whoAnswers, waitForLine } = await startWorkers(t)
  const { issuer } = fleet
  for (const id of [1, 2])
    await waitForLine(({ msg, worker }) => msg === 'listening' && worker === id)
  assert.deepEqual(await whoAnswers(8), [1, 2])
  const client = await register(issuer)
  const authorization = buildAuthorization(issuer, client)
  const code = { answer: await authorize(authorization), ...authorization }
  // At once, so that they come on several connections.
  const exchanges = await Promise.all(Array.from({ length: 4 }, () => redeem(issuer, client, code)))
  assert.equal(exchanges.filter(({ status }) => status === 200).length, 1)

  const again = buildAuthorization(issuer, client)
  const tokens = await redeem(issuer, client, { answer: await authorize(again), ...again })
  const token = tokens.body['refresh_token']
  const refreshes = await Promise.all(
    Array.from({ length: 4 }, () => refresh(issuer, client, token)),
  )
  assert.deepEqual([...new Set(refreshes.map(({ status }) => status))], [200])
  assert.equal(new Set(refreshes.map(({ body }) => body['refresh_token'])).size, 1)
})

test('a worker that is killed is replaced, and the other one answers meanwhile', async (t) => {
  const { logged, whoAnswers, waitForLine } = await startWorkers(t)
  const listening = ({ msg, worker }: Record<string, unknown>) =>
    msg === 'listening' && worker === 3
  for (const id of [1, 2]) {
    await waitForLine(({ msg, worker }) => msg === 'listening' && worker === id)
  }
  const { pid } = logged().find(({ msg, worker }) => msg === 'a worker starts' && worker === 1)
  process.kill(pid, 'SIGKILL')
  await waitForLine(({ msg }) => String(msg).startsWith('a worker ended'))
  const [ended] = logged().filter(({ msg }) => String(msg).startsWith('a worker ended'))
  assert.deepEqual([ended.worker, ended.signal], [1, 'SIGKILL'])
  assert.deepEqual(await whoAnswers(4), [2])
  await waitForLine(listening)
  assert.deepEqual(await whoAnswers(8), [2, 3])
})

test('SIGTERM stops all workers, and none is replaced', async (t) => {
  const { supervisor, logged, waitForLine } = await startWorkers(t)
  for (const id of [1, 2])
    await waitForLine(({ msg, worker }) => msg === 'listening' && worker === id)
  assert.equal(await supervisor.stop(), 0)
  const stopped = logged().filter(({ msg }) => msg === 'stopped')
  assert.deepEqual(stopped.map(({ worker }) => worker).toSorted(), [1, 2])
  assert.equal(logged().filter(({ msg }) => msg === 'a worker starts').length, 2)
})

test('if no worker can start, the process ends with its exit code', async (t) => {
  const port = await findFreePort()
  const taken = createServer().listen(port, '127.0.0.1')
  t.after(() => taken.close())
  const directory = await mkdtemp(join(tmpdir(), 'workers-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const server = spawnNode(['src/main.ts'], {
    env: {
      ...(await serverEnvironment(port)),
      STORE_URL: `sqlite:${join(directory, 'store.db')}`,
      WORKERS: '2',
    },
  })
  t.after(() => server.kill('SIGKILL'))
  assert.equal((await server.exit).code, 1)
  assert.match(server.stdout, /cannot listen at OIDC_HOST and OIDC_PORT/)
})

test('a store that no two processes can share is refused', async (t) => {
  const server = spawnNode(['src/main.ts'], {
    env: { ...(await serverEnvironment(0)), STORE_URL: 'memory:', WORKERS: '2' },
  })
  t.after(() => server.kill('SIGKILL'))
  assert.equal((await server.exit).code, 78)
  assert.match(server.stderr, /WORKERS/)
})
