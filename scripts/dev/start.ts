// All three servers on one machine: upstream, authorization server, sample MCP server.
import { randomBytes } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import pretty from 'pino-pretty'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/read/read-secret.ts'
import { environmentSchema } from '../../src/config/schema.ts'
import { isTaken } from '../../src/http/routes.ts'
import { createLogger } from '../../src/log.ts'
import { loadDevKeys } from './dev-keys.ts'
import { listen } from './listen.ts'
import { startMcpServer } from './mcp-server.ts'
import { addPreview } from './preview/preview.ts'
import { readPublicUrls } from './public-urls.ts'
import { startDevUpstream } from './upstream.ts'

export interface Development {
  readonly issuer: string
  readonly upstreamIssuer: string
  readonly mcpUrl: string
  /** Every page in every language. */
  readonly previewUrl: string | undefined
  close(): Promise<void>
}

export interface DevelopmentOptions {
  /** Each port may be 0, for any free port. */
  readonly serverPort: number
  readonly upstreamPort: number
  readonly mcpPort: number
  readonly dataDirectory: string
  readonly pretty: boolean
  readonly logLevel?: string
  /** Of its settings, the authorization server reads those of `READ`. May have the addresses of a tunnel. */
  readonly env?: Environment
}

const host = '127.0.0.1'

const READ = ['CONFIG_FILE', 'REGISTRATION_TOKEN', 'HTTPS_PROXY', 'NO_PROXY']

/** The settings in `READ`, and every variable that is no setting: CONFIG_FILE may name it for a secret. */
function readSettings(env: Environment): Environment {
  const isIgnored = (name: string) =>
    Object.hasOwn(environmentSchema.shape, name) && !READ.includes(name)
  const settingOf = (name: string) => (READ.includes(name) ? name : name.replace(/_FILE$/, ''))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isIgnored(settingOf(name))))
}

export async function startDevelopment(options: DevelopmentOptions): Promise<Development> {
  const opened: { close(): Promise<void> }[] = []
  async function open<Opened extends { close(): Promise<void> }>(opening: Promise<Opened>) {
    const one = await opening
    opened.push(one)
    return one
  }
  async function close() {
    for (const one of opened.splice(0).reverse()) await one.close()
  }

  try {
    return { ...(await startAll(options, open)), close }
  } catch (error) {
    await close()
    throw error
  }
}

type Open = <Opened extends { close(): Promise<void> }>(opening: Promise<Opened>) => Promise<Opened>

/** A request without a handler would wait for ever. */
const answerNotReady: RequestListener = (_request, response) => {
  response.writeHead(503, { 'retry-after': '1' }).end()
}

// Each server needs the URLs of the others. So the authorization server listens first, to get its port,
// and gets its handler last, when the upstream and the MCP server have their ports.
async function startAll(options: DevelopmentOptions, open: Open) {
  const { dataDirectory, logLevel = 'info', env = {} } = options
  const tunnel = readPublicUrls(env)
  const { jwks, sessionSecret } = await loadDevKeys(dataDirectory)
  const { server, port } = await open(listen({ port: options.serverPort, host }))
  server.on('request', answerNotReady)
  const issuer = tunnel?.issuer ?? `http://localhost:${port}`

  const upstreamClient = {
    client_id: 'mcp-oidc-server',
    client_secret: randomBytes(32).toString('base64url'),
    redirect_uris: [`${issuer}/callback`],
  }
  const upstream = await open(
    startDevUpstream({ port: options.upstreamPort, host, clients: [upstreamClient] }),
  )
  const resource = tunnel && { resource: tunnel.mcpUrl }
  const mcp = await open(startMcpServer({ port: options.mcpPort, host, issuer, ...resource }))

  const config = loadConfig(
    {
      ...readSettings(env),
      OIDC_ISSUER: issuer,
      OIDC_HOST: host,
      OIDC_PORT: String(port),
      UPSTREAM_ISSUER: upstream.issuer,
      UPSTREAM_CLIENT_ID: upstreamClient.client_id,
      UPSTREAM_CLIENT_SECRET: upstreamClient.client_secret,
      UPSTREAM_NAME: 'Dev sign-in',
      JWKS: JSON.stringify(jwks),
      SESSION_SECRET: sessionSecret,
      STORE_URL: `sqlite:${join(dataDirectory, 'mcp-oidc.db')}`,
      RESOURCES: mcp.resource,
      // The near end of a tunnel is on this machine.
      TRUSTED_PROXIES: tunnel ? 'loopback' : '',
      LOG_LEVEL: logLevel,
    },
    { isTaken },
  )
  const logger = createLogger({
    level: logLevel,
    // In this thread: a worker would lose its last lines at the end of the demo.
    ...(options.pretty && { destination: pretty({ sync: true, ignore: 'pid,hostname' }) }),
  })
  const { listener } = await open(compose(config, { logger }))
  server.off('request', answerNotReady)
  // A tunnel makes the server public, and the preview is for this machine.
  const previewUrl = tunnel ? undefined : `${issuer}/_preview`
  server.on('request', previewUrl ? addPreview(listener, config) : listener)
  const mcpUrl = tunnel?.mcpUrl ?? mcp.url
  return { issuer, upstreamIssuer: upstream.issuer, mcpUrl, previewUrl }
}
