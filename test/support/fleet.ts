// Several server processes with one issuer and one store, and one dev upstream in this process.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DevUpstream, startDevUpstream } from '../../scripts/dev/upstream.ts'
import { findFreePort } from './free-port.ts'
import { AMPLE_LIMITS } from './limits.ts'
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts'
import { createReplica, type Replica } from './replica.ts'
import { TEST_RESOURCE } from './server.ts'
import { serverEnvironment } from './server-process.ts'

export interface Fleet {
  /** The address that clients and browsers use. */
  readonly issuer: string
  readonly resource: string
  readonly replicas: readonly Replica[]
  /** The environment of all replicas, without the port. */
  readonly env: Readonly<Record<string, string>>
  readonly upstream: DevUpstream
  /** SESSION_SECRET as configured, newest first. */
  readonly sessionSecret: string
  /** A proxy in front of the upstream, which sees the answers that carry the upstream's tokens. */
  readonly upstreamProxy: LoadBalancer
  /** Stops a replica as its supervisor would, with SIGTERM, and starts it again. */
  restart(index: number, changes?: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

export interface FleetOptions {
  readonly storeUrl: string
  /** The number of replicas. Their ports are chosen before the processes start. */
  readonly replicas: number
  /** Opens the load balancer at the issuer's origin; by default, the first replica is at that origin. */
  readonly openLoadBalancer?: (
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
  await writeFile(configFile, JSON.stringify({ limits: AMPLE_LIMITS, ...file }))
  const ports = await Promise.all(Array.from({ length: options.replicas }, findFreePort))
  const loadBalancer = await options.openLoadBalancer?.(ports)
  const issuer = loadBalancer?.url ?? `http://localhost:${ports[0]}`

  const client = {
    client_id: 'mcp-oidc-server',
    client_secret: randomBytes(24).toString('base64url'),
    redirect_uris: [`${issuer}/callback`],
  }
  const upstreamProxy = await startLoadBalancer()
  const upstream = await startDevUpstream({
    port: 0,
    issuer: upstreamProxy.url,
    clients: [client],
    quiet: true,
  })
  upstreamProxy.targets = [Number(new URL(upstream.url).port)]

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
    await loadBalancer?.close()
    await Promise.all(replicas.map((replica) => replica.kill()))
    await upstreamProxy.close()
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
    upstream,
    env: common,
    sessionSecret: common['SESSION_SECRET'] ?? '',
    upstreamProxy,
    async restart(index, changes) {
      const replica = replicas[index]
      assert.equal(await replica?.stop(), 0, 'the exit code after SIGTERM')
      await replica?.start(changes)
    },
    close,
  }
}

/** A load balancer in this process for the replicas of a fleet, and the fleet's option that uses it. */
export async function startFleetLoadBalancer(): Promise<{
  loadBalancer: LoadBalancer
  openLoadBalancer: NonNullable<FleetOptions['openLoadBalancer']>
}> {
  const loadBalancer = await startLoadBalancer()
  const openLoadBalancer = async (ports: readonly number[]): Promise<LoadBalancer> => {
    loadBalancer.targets = ports
    return loadBalancer
  }
  return { loadBalancer, openLoadBalancer }
}
