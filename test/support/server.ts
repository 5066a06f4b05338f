// A whole server in this process, on a free loopback port, with the dev upstream.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import defaults from '../../config/default.json' with { type: 'json' }
import { listen } from '../../scripts/dev/listen.ts'
import { type DevUpstream, startDevUpstream } from '../../scripts/dev/upstream.ts'
import { type Composition, compose, type Overrides } from '../../src/compose.ts'
import type { ConnectionSettings } from '../../src/config/connections.ts'
import type { Config } from '../../src/config/load.ts'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'
import { createHttpServer } from '../../src/http/connections/server.ts'
import { createLogger } from '../../src/log.ts'
import { monotonicNow } from './clock.ts'
import { AMPLE_LIMITS } from './limits.ts'
import { loadConfig } from './load-config.ts'

export interface TestServer {
  /** `http://localhost:PORT` */
  readonly issuer: string
  readonly config: Config
  readonly upstreamIssuer: string
  /** Undefined if the test brought an upstream of its own. */
  readonly devUpstream: DevUpstream | undefined
  /** The first configured resource server. */
  readonly resource: string
  /** The log so far, one line of JSON per entry. */
  readonly logLines: string[]
  close(): Promise<void>
}

export interface TestServerOptions {
  /** Environment settings that override the defaults of the tests. */
  readonly env?: Readonly<Record<string, string>>
  /** The path of the issuer, e.g. `/tenant`. */
  readonly issuerPath?: string
  /** Content of CONFIG_FILE. */
  readonly file?: Readonly<Record<string, unknown>>
  /** Override the defaults. Fractions of seconds are accepted here. */
  readonly connections?: Partial<ConnectionSettings>
  readonly overrides?: Overrides
  /** Whether the dev upstream tells the server that a person has signed out there. */
  readonly backchannelLogout?: boolean
  /** Used instead of the dev upstream, and closed with the server. */
  readonly upstream?: { readonly issuer: string; close(): Promise<void> }
}

export const TEST_RESOURCE = 'https://mcp.example.com/mcp'
export const OTHER_RESOURCE = 'https://other.example.com/mcp'

// Generated once, because RSA keys are slow to generate and no test needs new ones.
const signingKeys = generateSigningKeys()

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { env = {}, file, issuerPath = '', overrides } = options
  const logLines: string[] = []
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-test-'))
  const logger = createLogger({
    level: env['LOG_LEVEL'] ?? 'debug',
    destination: collect(logLines),
  })
  const connections = { ...defaults.connections, ...options.connections }
  const httpServer = createHttpServer({ connections, logger })
  const listening = await listen({ port: 0, host: '127.0.0.1', server: httpServer })
  const issuer = `http://localhost:${listening.port}${issuerPath}`
  const client = {
    client_id: 'mcp-oidc-server',
    client_secret: randomBytes(24).toString('base64url'),
    redirect_uris: [`${issuer}/callback`],
    ...(options.backchannelLogout && { backchannel_logout_uri: `${issuer}/backchannel-logout` }),
  }
  const devUpstream = options.upstream
    ? undefined
    : await startDevUpstream({ port: 0, host: '127.0.0.1', clients: [client] })
  const upstream = options.upstream ?? devUpstream
  const upstreamIssuer = upstream?.issuer ?? ''
  const closeAll = async (composition?: Composition): Promise<void> => {
    await listening.close()
    await composition?.close()
    await upstream?.close()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const configFile = join(directory, 'config.json')
    await writeFile(configFile, JSON.stringify({ limits: AMPLE_LIMITS, ...file }))
    const config = loadConfig({
      OIDC_ISSUER: issuer,
      ALLOW_ISSUER_PATH: String(issuerPath !== ''),
      OIDC_HOST: '127.0.0.1',
      OIDC_PORT: String(listening.port),
      UPSTREAM_ISSUER: upstreamIssuer,
      UPSTREAM_CLIENT_ID: client.client_id,
      UPSTREAM_CLIENT_SECRET: client.client_secret,
      UPSTREAM_NAME: 'Test sign-in',
      JWKS: JSON.stringify(await signingKeys),
      SESSION_SECRET: randomBytes(48).toString('base64url'),
      STORE_URL: 'memory:',
      RESOURCES: TEST_RESOURCE,
      CONFIG_FILE: configFile,
      LOG_LEVEL: 'debug',
      ...env,
    })
    const composition = await compose(config, { logger, monotonicNow, ...overrides })
    listening.server.on('request', composition.listener)
    return {
      issuer,
      config,
      upstreamIssuer,
      devUpstream,
      resource: config.resourceServers[0]?.resource ?? TEST_RESOURCE,
      logLines,
      close: () => closeAll(composition),
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function collect(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).trimEnd().split('\n'))
      done()
    },
  })
}
