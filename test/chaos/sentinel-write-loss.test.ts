// docs/operations.md, "Redis behind Sentinel": a master that is cut off from its replica and the Sentinels still takes writes
// for a while, which a fail-over loses. With the settings of the runbook, it stops after 2 seconds.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startFleet } from '../support/fleet.ts'
import { type Client, logIn, refresh, register } from '../support/journey.ts'
import { sendRedisCommand } from '../support/redis-cluster.ts'
import { startSentinelSetup } from '../support/redis-sentinel.ts'
import { type StallingProxy, startStallingProxy } from '../support/stalling-proxy.ts'

const RUNBOOK = join(import.meta.dirname, '../../docs/operations.md')
/** More than the 2 s of the runbook, which Redis counts in whole seconds, and less than Redis's default of 10 s. */
const CUT_OFF_MS = 4500
const FAILOVER_MS = 20_000

/** A replica of the server next to the master, and one that asks the Sentinels. */
async function open(t: TestContext, flags: readonly string[]) {
  let opened: StallingProxy | undefined
  const setup = await startSentinelSetup({
    flags,
    async openRoute(master) {
      opened = await startStallingProxy(master, { isMutual: true })
      t.after(opened.close)
      return opened.port
    },
  })
  t.after(setup.stop)
  assert.ok(opened)
  const route = opened
  const fleet = await startFleet({
    storeUrl: setup.master.url,
    replicas: 2,
    env: { LOG_LEVEL: 'error' },
  })
  t.after(fleet.close)
  await fleet.restart(1, { STORE_URL: setup.url })
  const [, far] = fleet.replicas
  assert.ok(far)
  return {
    issuer: fleet.issuer,
    /** Resolves when the replica has received and acknowledged all writes: it acknowledges once a second. */
    replicated: () => sleep(1500),
    cutOff: () => {
      route.isStalling = true
      return sleep(CUT_OFF_MS)
    },
    /** @returns where to reach the server that follows the fail-over */
    async failOver(): Promise<string> {
      // Stands for the next replica of the new master, which takes no writes before it has one.
      await sendRedisCommand(setup.replica, 'CONFIG', 'SET', 'min-replicas-to-write', '0')
      return far.url
    },
  }
}

/** Refreshes until the answer is not a 503. */
async function refreshAfterFailover(url: string, client: Client, token: unknown) {
  const endsAtMs = performance.now() + FAILOVER_MS
  for (;;) {
    const answer = await refresh(url, client, token)
    if (answer.status !== 503) return answer
    assert.ok(performance.now() < endsAtMs, `503 ${FAILOVER_MS} ms after the fail-over`)
    await sleep(200)
  }
}

/** The settings that the runbook wants on every server. */
async function readRunbookFlags(): Promise<string[]> {
  const lines = (await readFile(RUNBOOK, 'utf8')).match(/^min-replicas-.*$/gm) ?? []
  assert.equal(lines.length, 2)
  return lines.flatMap((line) => `--${line}`.split(' '))
}

describe('a master that is cut off from its replica and the Sentinels', {
  concurrency: true,
}, () => {
  test('with the settings of the runbook, it refuses sign-ins, and none that was answered is lost', async (t) => {
    const { issuer, cutOff, failOver, replicated } = await open(t, await readRunbookFlags())
    const { client, tokens } = await logIn(issuer)
    await replicated()
    await cutOff()
    await assert.rejects(register(issuer), /temporarily_unavailable/)
    const refused = await refresh(issuer, client, tokens['refresh_token'])
    assert.deepEqual([refused.status, refused.body['error']], [503, 'temporarily_unavailable'])
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)

    const url = await failOver()
    const { status, body } = await refreshAfterFailover(url, client, tokens['refresh_token'])
    assert.equal(status, 200, JSON.stringify(body))
  })

  test('control: with the default of min-replicas-max-lag, a sign-in that was answered is lost', async (t) => {
    const { issuer, cutOff, failOver, replicated } = await open(t, ['--min-replicas-to-write', '1'])
    const before = await logIn(issuer)
    await replicated()
    await cutOff()
    const { client, tokens } = await logIn(issuer)

    const url = await failOver()
    const kept = await refreshAfterFailover(url, before.client, before.tokens['refresh_token'])
    assert.equal(kept.status, 200, JSON.stringify(kept.body))
    const { body } = await refreshAfterFailover(url, client, tokens['refresh_token'])
    assert.equal(body['error'], 'invalid_client')
  })
})
