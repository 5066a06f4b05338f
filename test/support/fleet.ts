// Several server processes of one issuer over one store, with one dev upstream in this process.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDevUpstream } from '../../scripts/dev/upstream.ts'
import { type Front, startFront } from './load-balancer.ts'
import { findFreePort } from './redis.ts'
import { createReplica, type Replica } from './replica.ts'
import { TEST_RESOURCE } from './server.ts'
import { serverEnvironment } from './server-process.ts'

export interface Fleet {
  /** What clients and browsers talk to. */
  readonly issuer: string
  readonly resource: string
  readonly replicas: readonly Replica[]
  /** The configured secret, newest first. */
  readonly sessionSecret: string
  /** Stands before the upstream: its answers carry the upstream's tokens. */
  readonly upstreamFront: Front
  /** Stops it as its supervisor does, and starts it again. */
  restart(index: number, changes?: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

export interface FleetOptions {
  readonly storeUrl: string
  /** How many; the ports are known before the processes run. */
  readonly replicas: number
  /** What stands at the issuer's origin; without it, the first replica itself. */
  readonly openFront?: (
    ports: readonly number[],
  ) => Promise<{ url: string; close(): Promise<void> }>
  readonly env?: Readonly<Record<string, string>>
  /** Content of CONFIG_FILE. */
  readonly file?: Readonly<Record<string, unknown>>
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { storeUrl, env = {}, file = {} } = options
  const directory = await mkdtemp(join(tmpdir(), 'fleet-'))
  const configFile = join(directory, 'config.json')
  await writeFile(configFile, JSON.stringify(file))
  const ports = await Promise.all(Array.from({ length: options.replicas }, findFreePort))
  const front = await options.openFront?.(ports)
  const issuer = front?.url ?? `http://localhost:${ports[0]}`

  const client = {
    client_id: 'mcp-oidc-server',
    client_secret: randomBytes(24).toString('base64url'),
    redirect_uris: [`${issuer}/callback`],
  }
  const upstreamFront = await startFront()
  const upstream = await startDevUpstream({
    port: 0,
    issuer: upstreamFront.url,
    clients: [client],
    quiet: true,
  })
  upstreamFront.targets = [Number(new URL(upstream.url).port)]

  const common: Record<string, string> = {
    ...(await serverEnvironment(0)),
    OIDC_ISSUER: issuer,
    UPSTREAM_ISSUER: upstream.issuer,
    UPSTREAM_CLIENT_ID: client.client_id,
    UPSTREAM_CLIENT_SECRET: client.client_secret,
    STORE_URL: storeUrl,
    RESOURCES: TEST_RESOURCE,
    CONFIG_FILE: configFile,
    TRUSTED_PROXIES: 'loopback',
    ...env,
  }
  const replicas = ports.map((port) =>
    createReplica({ port, env: { ...common, OIDC_PORT: String(port) } }),
  )
  const close = async (): Promise<void> => {
    await front?.close()
    await Promise.all(replicas.map((replica) => replica.kill()))
    await upstreamFront.close()
    await upstream.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await Promise.all(replicas.map((replica) => replica.start()))
  } catch (error) {
    await close()
    throw error
  }
  return {
    issuer,
    resource: TEST_RESOURCE,
    replicas,
    sessionSecret: common['SESSION_SECRET'] ?? '',
    upstreamFront,
    async restart(index, changes) {
      const replica = replicas[index]
      assert.equal(await replica?.stop(), 0, 'the exit code after SIGTERM')
      await replica?.start(changes)
    },
    close,
  }
}

/** A front in this process before the replicas of a fleet, and the option that puts it there. */
export async function createOwnFront(): Promise<{
  front: Front
  openFront: NonNullable<FleetOptions['openFront']>
}> {
  const front = await startFront()
  const openFront = async (ports: readonly number[]): Promise<Front> => {
    front.targets = ports
    return front
  }
  return { front, openFront }
}
