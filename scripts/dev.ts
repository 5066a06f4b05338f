// `npm run dev`: runs every server on this machine until Ctrl-C, and prints how to connect each client.
// `npm run dev -- --config my.json` uses that configuration file.
import { fileURLToPath } from 'node:url'
import { isArgumentFault, readDevOptions } from './dev/dev-options.ts'
import { type Development, startDevelopment } from './dev/start.ts'

const { env } = process

const ports = {
  DEV_SERVER_PORT: Number(env['DEV_SERVER_PORT'] ?? 4000),
  DEV_UPSTREAM_PORT: Number(env['DEV_UPSTREAM_PORT'] ?? 4001),
  DEV_MCP_PORT: Number(env['DEV_MCP_PORT'] ?? 3000),
}

async function main() {
  const development = await startDevelopment({
    serverPort: ports.DEV_SERVER_PORT,
    upstreamPort: ports.DEV_UPSTREAM_PORT,
    mcpPort: ports.DEV_MCP_PORT,
    dataDirectory: fileURLToPath(new URL('../data/dev', import.meta.url)),
    pretty: true,
    env: readDevOptions(process.argv.slice(2), env),
    ...(env['LOG_LEVEL'] !== undefined && { logLevel: env['LOG_LEVEL'] }),
  })
  console.log(instructions(development))

  let isStopping = false
  const stop = () => {
    // On a second Ctrl-C, exit without waiting for a server that does not close.
    if (isStopping) process.exit(1)
    isStopping = true
    development.close().catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function instructions({ issuer, upstreamIssuer, mcpUrl, previewUrl }: Development): string {
  const vsCode = JSON.stringify({ name: 'sample', type: 'http', url: mcpUrl })
  const cursor = JSON.stringify({ mcpServers: { sample: { url: mcpUrl } } })
  return `
  authorization server   ${issuer}
  upstream sign-in       ${upstreamIssuer}   (three people, no passwords)
  sample MCP server      ${mcpUrl}
${previewUrl ? `  preview of all pages   ${previewUrl}\n` : ''}
Claude Code
  claude mcp add --transport http sample ${mcpUrl}
  then inside Claude Code: /mcp, choose "sample", sign in

Cursor: .cursor/mcp.json
  ${cursor}

VS Code
  code --add-mcp '${vsCode}'
  or in .vscode/mcp.json: ${JSON.stringify({ servers: { sample: { type: 'http', url: mcpUrl } } })}

MCP Inspector
  npx @modelcontextprotocol/inspector
  then Streamable HTTP, ${mcpUrl}, Connect

Press Ctrl-C to stop all servers. Keys and records stay in data/dev.
`
}

function explain(error: unknown): string {
  if (isArgumentFault(error)) return 'usage: npm run dev -- [--config FILE]'
  if (error instanceof Error && 'faults' in error && Array.isArray(error.faults)) {
    return [error.message, ...error.faults].join('\n  ')
  }
  const { code, port } = error as { code?: string; port?: number }
  const [name] = Object.entries(ports).find(([, value]) => value === port) ?? []
  if (code !== 'EADDRINUSE' || port === undefined || name === undefined) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const others = Object.entries(ports).map(([other, value]) => `${other}=${value + 10}`)
  return `Port ${port} is in use.
  To see by which process:  lsof -i :${port}
  To use other ports:       ${others.join(' ')} npm run dev`
}

main().catch((error: unknown) => {
  console.error(explain(error))
  process.exitCode = 1
})
