// Runs only the sample MCP server, for docker-compose.yml, with the settings that templates of MCP
// servers use. It listens on the port of its resource URI, on the host DEV_HOST.
import { startMcpServer } from './mcp-server.ts'
import { requireSetting, requireUrl, runUntilStopped } from './run.ts'

const { env } = process

await runUntilStopped(async () =>
  startMcpServer({
    issuer: requireSetting(env, 'OAUTH_ISSUER_URL'),
    resource: requireSetting(env, 'OAUTH_AUDIENCE'),
    host: env['DEV_HOST'] ?? '127.0.0.1',
    port: Number(requireUrl(env, 'OAUTH_AUDIENCE').port),
  }),
)
