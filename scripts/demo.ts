// `npm run demo`: one authorization, from the first rejected call to the refreshed token, on free ports
// and with records that are deleted afterwards. Exits with code 1 if a step failed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runClient, type Step, signIn } from './dev/demo-steps.ts'
import { createMcpClient } from './dev/mcp-client.ts'
import { describeExchange, indent } from './dev/print.ts'
import { startDevelopment } from './dev/start.ts'
import { createUserAgent } from './dev/user-agent.ts'

interface Progress {
  number: number
  title: string
}

async function runDemo(dataDirectory: string, progress: Progress): Promise<void> {
  const step: Step = async (title, run) => {
    progress.number++
    progress.title = title
    const { shown, result } = await run()
    console.log([`\n${progress.number}. ${title}`, ...indent(shown.split('\n'))].join('\n'))
    return result
  }

  const development = await startDevelopment({
    serverPort: 0,
    upstreamPort: 0,
    mcpPort: 0,
    dataDirectory,
    pretty: true,
    logLevel: 'warn',
  })
  try {
    const agent = createUserAgent()
    const client = await createMcpClient({
      serverUrl: development.mcpUrl,
      authorize: (url) => signIn({ agent, step, url }),
    })
    try {
      await runClient(client, step)
    } catch (error) {
      const last = client.exchanges.at(-1)
      if (last) console.error(`\nThe client's last request:\n${describeExchange(last)}`)
      throw error
    } finally {
      await client.close()
    }
  } finally {
    await development.close()
  }
}

async function main() {
  const startedAtMs = performance.now()
  const progress: Progress = { number: 0, title: 'starting the servers' }
  let dataDirectory: string | undefined
  try {
    dataDirectory = await mkdtemp(join(tmpdir(), 'mcp-oidc-demo-'))
    await runDemo(dataDirectory, progress)
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
    console.log(
      `\nAll ${progress.number} steps worked, in ${seconds} s: an MCP client registered, a person signed in, and the tools answered.`,
    )
  } catch (error) {
    console.error(`\nStep ${progress.number} failed (${progress.title}):`)
    console.error(error)
    process.exitCode = 1
  } finally {
    if (dataDirectory) await rm(dataDirectory, { recursive: true, force: true })
  }
}

await main()
