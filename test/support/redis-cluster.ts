// A Redis Cluster: three masters that share the slots, and a replica of the first master.

import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@keyv/redis'
import { findFreePort } from './free-port.ts'
import { type RedisServer, startRedis } from './redis.ts'

const SLOTS = 16_384
const START_TIMEOUT_MS = 15_000

export interface RedisCluster {
  readonly url: string
  readonly masters: readonly [RedisServer, RedisServer, RedisServer]
  /** The replica of the first master. */
  readonly replica: RedisServer
  stop(): Promise<void>
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all([startNode(), startNode(), startNode(), startNode()])
  const [first, second, third, fourth] = nodes
  const masters = [first.server, second.server, third.server] as const
  const stop = async () => void (await Promise.all(nodes.map(({ server }) => server.stop())))
  try {
    for (const [n, { server }] of nodes.entries()) {
      await sendRedisCommand(server, 'CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1))
      const [from, to] = [n, n + 1].map((part) => Math.floor((part * SLOTS) / masters.length))
      if (server === fourth.server) continue
      await sendRedisCommand(server, 'CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${(to ?? 0) - 1}`)
    }
    for (const { server, busPort } of nodes.slice(1)) {
      await sendRedisCommand(
        first.server,
        'CLUSTER',
        'MEET',
        '127.0.0.1',
        `${server.port}`,
        `${busPort}`,
      )
    }
    const isKnown = (info: string) => info.includes('cluster_known_nodes:4')
    for (const { server } of nodes) await waitUntil(server, isKnown)
    const firstId = await sendRedisCommand(first.server, 'CLUSTER', 'MYID')
    await sendRedisCommand(fourth.server, 'CLUSTER', 'REPLICATE', String(firstId))
    for (const { server } of nodes) {
      await waitUntil(server, (info) => /slots_assigned:16384.*size:3/s.test(info))
    }
    await waitUntil(fourth.server, (info) => info.includes('master_link_status:up'), [
      'INFO',
      'replication',
    ])
  } catch (error) {
    await stop()
    throw error
  }
  const hosts = masters.map(({ port }) => `127.0.0.1:${port}`).join(',')
  return { url: `redis+cluster://${hosts}`, masters, replica: fourth.server, stop }
}

/** Sends one command over a connection of its own. */
export async function sendRedisCommand(server: RedisServer, ...args: string[]): Promise<unknown> {
  const client = await createClient({ url: server.url }).connect()
  try {
    return await client.sendCommand(args)
  } finally {
    client.destroy()
  }
}

async function startNode() {
  const busPort = await findFreePort()
  const server = await startRedis({
    flags: [
      ...['--cluster-enabled', 'yes', '--cluster-port', busPort],
      ...['--cluster-node-timeout', 2000, '--cluster-require-full-coverage', 'no'],
      ...['--cluster-replica-validity-factor', 0, '--repl-diskless-sync-delay', 0],
    ],
  })
  return { server, busPort }
}

async function waitUntil(
  server: RedisServer,
  isDone: (info: string) => boolean,
  question: string[] = ['CLUSTER', 'INFO'],
): Promise<void> {
  const endsAtMs = Date.now() + START_TIMEOUT_MS
  while (!isDone(String(await sendRedisCommand(server, ...question)))) {
    if (Date.now() > endsAtMs) {
      throw new Error(`the Cluster was not ready within ${START_TIMEOUT_MS} ms`)
    }
    await sleep(50)
  }
}
