// Runs the commands of docs/getting-started.md and README.md as they are written there, in a new folder and on free ports: a
// stranger's first ten minutes.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findFreePort } from '../support/free-port.ts'
import { ADA } from '../support/journey.ts'
import { createSdkV2Application } from '../support/sdk-v2-application.ts'
import { REPOSITORY } from '../support/server-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const LINKED = ['.env.example', 'config', 'docs', 'node_modules', 'package.json', 'src']

const read = (document: string) => readFileSync(join(REPOSITORY, document), 'utf8')

function readCommands(): string[] {
  const [, section = ''] =
    /^## Use your own provider\n([\s\S]*?)^## /m.exec(read('docs/getting-started.md')) ?? []
  return [...section.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block)
}

/** A folder with links to the repository, where commands run as in a clone. */
function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'getting-started-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of LINKED) symlinkSync(join(REPOSITORY, name), join(folder, name))
  // `npm run dev` keeps its records beside its scripts.
  cpSync(join(REPOSITORY, 'scripts'), join(folder, 'scripts'), { recursive: true })
  return folder
}

async function openTerminals(t: TestContext) {
  const folder = openFolder(t)
  const ports = new Map<string, string>()
  for (const port of ['4000', '4001', '3000']) ports.set(port, String(await findFreePort()))
  const env = { PATH: process.env['PATH'], HOME: folder }
  return {
    folder,
    onFreePorts: (text: string) =>
      text.replaceAll(/\b(?:4000|4001|3000)\b/g, (port) => ports.get(port) ?? port),
    finish: (command: string) =>
      execFileSync('sh', ['-ec', command], { cwd: folder, env, encoding: 'utf8' }),
    start(command: string): void {
      const child = spawn('sh', ['-c', `exec ${command.trim()}`], {
        cwd: folder,
        env,
        // A group of its own: npm starts a shell, which starts node.
        detached: true,
        stdio: 'ignore',
      })
      t.after(async () => {
        if (child.pid === undefined || child.exitCode !== null) return
        const exited = once(child, 'exit')
        process.kill(-child.pid, 'SIGKILL')
        await exited
      })
    },
  }
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.status < 500,
    () => false,
  )

/** What the sample's tool says to a new client, after a person has signed in. */
async function callTool(serverUrl: string): Promise<{ sub?: string }> {
  const client = await createSdkV2Application({ serverUrl }).connect()
  try {
    const { content } = await client.callTool({ name: 'whoami', arguments: {} })
    const [item] = content as { text: string }[]
    return JSON.parse(item?.text ?? '{}')
  } finally {
    await client.close()
  }
}

test('the commands of docs/getting-started.md lead from nothing to a tool call', async (t) => {
  const { folder, onFreePorts, finish, start } = await openTerminals(t)
  const [prepare = '', upstream = '', check = '', server = '', mcpServer = '', ...others] =
    readCommands().map(onFreePorts)
  assert.deepEqual(others, [])
  finish(prepare)
  const settings = `
    OIDC_ISSUER=http://localhost:4000
    OIDC_PORT=4000
    OIDC_HOST=127.0.0.1
    RESOURCES=http://localhost:3000/mcp
    UPSTREAM_ISSUER=http://localhost:4001
    UPSTREAM_CLIENT_ID=any
    UPSTREAM_CLIENT_SECRET=secret-of-the-test`
  appendFileSync(join(folder, '.env'), onFreePorts(settings.replaceAll(/^ +/gm, '')))

  start(upstream)
  await waitUntil(() =>
    answers(onFreePorts('http://localhost:4001/.well-known/openid-configuration')),
  )
  start(server)
  await waitUntil(() => answers(onFreePorts('http://localhost:4000/readyz')))
  const [variables = '', program = ''] = mcpServer.split(/ (?=npx )/)
  start(`env ${variables} ${program}`)
  const resource = onFreePorts('http://localhost:3000/mcp')
  await waitUntil(() => answers(resource))
  assert.match(finish(check), /^upstream\.issuer: /m)

  assert.equal((await callTool(resource)).sub, ADA)
})

test('README.md has the same commands for new keys and for the check', () => {
  const readme = read('README.md').replaceAll(/^ +/gm, '')
  const [prepare = '', , check = ''] = readCommands().map((text) => text.replaceAll(/^ +/gm, ''))
  assert.ok(readme.includes(prepare), prepare)
  assert.ok(readme.includes(`${check}npm start\n`), check)
})

test('npm run dev starts three servers that work together', async (t) => {
  const { onFreePorts, start } = await openTerminals(t)
  const variables = 'DEV_SERVER_PORT=4000 DEV_UPSTREAM_PORT=4001 DEV_MCP_PORT=3000'
  start(`env ${onFreePorts(variables)} npm run dev`)
  const serverUrl = onFreePorts('http://localhost:3000/mcp')
  await waitUntil(() => answers(onFreePorts('http://localhost:4000/readyz')))
  assert.equal((await callTool(serverUrl)).sub, ADA)
})
