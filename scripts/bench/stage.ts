// The servers of the benchmark, and what they share: one upstream in this process, one Redis.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@keyv/redis'
import { generateSigningKeys, type SigningAlg } from '../../src/crypto/signing-keys.ts'
import { findFreePort } from '../../test/support/free-port.ts'
import { AMPLE_LIMITS } from '../../test/support/limits.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startDevUpstream } from '../dev/upstream.ts'
import { findPerson } from './crowd.ts'
import { METADATA_PATH, type Target } from './operations.ts'
import { type ServerUnderTest, startServerUnderTest } from './server-under-test.ts'

/** `bare-redis`: the bare engine with its documented adapter. `ready-bytes`: a bare `node:http` handler. */
export const SERVER_KINDS = ['redis', 'sqlite', 'bare-redis', 'ready-bytes'] as const
export type ServerKind = (typeof SERVER_KINDS)[number]

export type StartedServer = ServerUnderTest & Target & { readonly storeUrl: string }

export interface RedisTraffic {
  readonly commands: number
  readonly roundTrips: number
}

export interface Stage {
  /** A server over Redis, which all share, or over a new SQLite file. */
  start(kind: ServerKind, options: StartOptions): Promise<StartedServer>
  /** Since Redis started. */
  redisTraffic(): Promise<RedisTraffic>
  close(): Promise<void>
}

interface StartOptions {
  readonly alg: SigningAlg
  readonly isInspected?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Needed for `ready-bytes`: the server whose bytes it serves. */
  readonly readyFrom?: string
}

const RESOURCE = 'https://mcp.example.com/mcp'
const READY_PATHS = [METADATA_PATH, '/jwks']
/** Both servers get their ports before the upstream knows their redirect URIs. */
const REDIRECT_PATHS = ['/callback', '/interaction/callback']
const PORTS = 4

export async function openStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'))
  const redis = await startRedis()
  const monitor = await createClient({ url: redis.url }).connect()
  const ports: number[] = []
  while (ports.length < PORTS) ports.push(await findFreePort())
  const secret = randomBytes(24).toString('base64url')
  const origins = ports.map((port) => `http://localhost:${port}`)
  const upstream = await startDevUpstream({
    port: 0,
    quiet: true,
    findPerson,
    clients: [
      {
        client_id: 'benchmark',
        client_secret: secret,
        redirect_uris: origins.flatMap((origin) => REDIRECT_PATHS.map((path) => origin + path)),
      },
    ],
  })
  const jwks = JSON.stringify(await generateSigningKeys())
  // One for all, because our servers share a Redis.
  const sessionSecret = randomBytes(48).toString('base64url')
  const introspectionSecret = randomBytes(24).toString('base64url')
  const configFile = join(directory, 'config.json')
  const resourceServer = { resource: RESOURCE, introspectionSecretEnv: 'INTROSPECTION_SECRET' }
  await writeFile(
    configFile,
    JSON.stringify({ limits: AMPLE_LIMITS, resourceServers: [resourceServer] }),
  )
  const taken = new Set<number>()
  let files = 0

  async function start(kind: ServerKind, options: StartOptions): Promise<StartedServer> {
    const port = ports.find((one) => !taken.has(one))
    if (port === undefined) throw new Error('too many servers at once')
    taken.add(port)
    const issuer = `http://localhost:${port}`
    const storeUrl = kind === 'sqlite' ? `sqlite:${join(directory, `${++files}.db`)}` : redis.url
    const isOurs = kind === 'redis' || kind === 'sqlite'
    const env: Record<string, string> = {
      OIDC_ISSUER: issuer,
      OIDC_HOST: '127.0.0.1',
      OIDC_PORT: String(port),
      UPSTREAM_ISSUER: upstream.issuer,
      UPSTREAM_CLIENT_ID: 'benchmark',
      UPSTREAM_CLIENT_SECRET: secret,
      JWKS: jwks,
      SESSION_SECRET: sessionSecret,
      STORE_URL: storeUrl,
      ACCESS_TOKEN_ALG: options.alg,
      LOG_LEVEL: 'info',
      ...(isOurs
        ? { CONFIG_FILE: configFile, INTROSPECTION_SECRET: introspectionSecret }
        : { RESOURCES: RESOURCE }),
      ...(kind === 'ready-bytes' && {
        READY_FROM: options.readyFrom ?? '',
        READY_PATHS: READY_PATHS.join(','),
      }),
      ...options.env,
    }
    const metadataPath = kind === 'bare-redis' ? '/.well-known/openid-configuration' : METADATA_PATH
    try {
      const server = await startServerUnderTest({
        ...options,
        script: SCRIPTS[kind],
        issuer,
        env,
        probePath: kind === 'ready-bytes' ? '/jwks' : metadataPath,
      })
      return {
        ...server,
        storeUrl,
        resource: RESOURCE,
        resourceServer: isOurs ? `${RESOURCE}:${introspectionSecret}` : undefined,
        metadataPath,
        async close() {
          await server.close()
          taken.delete(port)
        },
      }
    } catch (error) {
      taken.delete(port)
      throw error
    }
  }

  return {
    start,
    async redisTraffic() {
      const text = await monitor.info('stats')
      const readNumber = (name: string) =>
        Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1])
      return {
        commands: readNumber('total_commands_processed'),
        roundTrips: readNumber('total_reads_processed'),
      }
    },
    async close() {
      monitor.destroy()
      await upstream.close()
      await redis.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const SCRIPTS: Readonly<Record<ServerKind, string>> = {
  redis: 'src/main.ts',
  sqlite: 'src/main.ts',
  'bare-redis': 'scripts/bench/run-bare-engine.ts',
  'ready-bytes': 'scripts/bench/run-ready-bytes.ts',
}
