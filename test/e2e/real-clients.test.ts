// mcp-remote and the Inspector's CLI as people run them: in their own processes, against the servers of
// `npm run dev`.
import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { Development } from '../../scripts/dev/start.ts'
import { run } from '../support/child.ts'
import { openDevelopment } from '../support/development.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADA, claimsOf, logIn } from '../support/journey.ts'
import { openProgramHome, type ProgramHome } from '../support/program-home.ts'

const BUILD = 'clients/launcher/build/index.js'
const MCP_REMOTE = fileURLToPath(
  new URL('dist/proxy.js', import.meta.resolve('mcp-remote/package.json')),
)
const INSPECTOR = fileURLToPath(
  new URL(BUILD, import.meta.resolve('@modelcontextprotocol/inspector/package.json')),
)

let development: Development
before(async () => {
  development = await openDevelopment()
})
after(() => development.close())

async function openHome(t: TestContext): Promise<ProgramHome> {
  const programHome = await openProgramHome()
  t.after(() => programHome.close())
  return programHome
}

/** Starts an MCP host with mcp-remote as its stdio server. */
function startMcpRemote(t: TestContext, programHome: ProgramHome) {
  const client = new Client({ name: 'Host of mcp-remote', version: '1.0.0' })
  const args = [MCP_REMOTE, development.mcpUrl, '--allow-http', '--transport', 'http-only']
  const env = { ...programHome.env }
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env,
    stderr: 'ignore',
  })
  t.after(() => client.close())
  return { client, connected: client.connect(transport, { timeout: 20_000 }) }
}

async function callTool(client: Client, name: string, args: Record<string, unknown> = {}) {
  const { content } = await client.callTool({ name, arguments: args })
  return JSON.parse((content as { text: string }[])[0]?.text ?? 'null')
}

/** Reads and changes the only file of mcp-remote with this ending. */
function openKept(programHome: ProgramHome, ending: string) {
  const [path, ...more] = globSync(`${programHome.directory}/mcp-remote/**/*${ending}`)
  assert.ok(path !== undefined && more.length === 0, `${ending}: ${[path, ...more]}`)
  const read = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  return {
    read,
    change: (members: object) => writeFileSync(path, JSON.stringify({ ...read(), ...members })),
  }
}

test('mcp-remote registers, signs a person in, lists the tools and calls them', async (t) => {
  const programHome = await openHome(t)
  const { client, connected } = startMcpRemote(t, programHome)
  const asked = (await programHome.answer(0)).searchParams
  assert.equal(asked.get('resource'), development.mcpUrl)
  assert.equal(asked.get('scope'), 'openid profile email offline_access mcp:tools')
  assert.equal(asked.get('prompt'), 'consent')
  await connected

  const { tools } = await client.listTools()
  assert.deepEqual(tools.map(({ name }) => name).toSorted(), ['add', 'whoami'])
  const who = await callTool(client, 'whoami')
  assert.deepEqual([who.sub, who.client_id], [ADA, asked.get('client_id')])
  assert.deepEqual(await callTool(client, 'add', { a: 19, b: 23 }), { sum: 42 })
})

test('mcp-remote refreshes an expired token after a restart without asking the person', async (t) => {
  const programHome = await openHome(t)
  const first = startMcpRemote(t, programHome)
  await programHome.answer(0)
  await first.connected
  await first.client.close()
  const tokens = openKept(programHome, '_tokens.json')
  const before = tokens.read()
  assert.ok(before['refresh_token'])
  tokens.change({ access_token: 'expired' })

  const second = startMcpRemote(t, programHome)
  await second.connected
  assert.equal((await callTool(second.client, 'whoami')).sub, ADA)
  assert.equal((await programHome.readUrls()).length, 1)
  assert.notEqual(tokens.read()['refresh_token'], before['refresh_token'])
})

test('mcp-remote registers again and continues if its client is no longer known', async (t) => {
  const programHome = await openHome(t)
  const first = startMcpRemote(t, programHome)
  await programHome.answer(0)
  await first.connected
  await first.client.close()
  openKept(programHome, '_client_info.json').change({ client_id: 'forgotten' })
  openKept(programHome, '_tokens.json').change({ access_token: 'expired' })

  const second = startMcpRemote(t, programHome)
  const asked = await programHome.answer(1)
  assert.notEqual(asked.searchParams.get('client_id'), 'forgotten')
  await second.connected
  assert.equal((await callTool(second.client, 'whoami')).sub, ADA)
})

function runInspector(programHome: ProgramHome, ...args: string[]) {
  const target = [INSPECTOR, '--cli', development.mcpUrl, '--format', 'json', ...args]
  return run(process.execPath, target, { env: programHome.env, deadlineMs: 20_000 })
}

test('the Inspector signs in once, keeps its tokens, and asks again with --relogin', async (t) => {
  const programHome = await openHome(t)
  const callback = `http://127.0.0.1:${await findFreePort()}/oauth/callback`
  const call = ['--method', 'tools/call', '--tool-name', 'whoami', '--callback-url', callback]

  const first = runInspector(programHome, '--method', 'tools/list', '--callback-url', callback)
  const asked = (await programHome.answer(0)).searchParams
  assert.equal(asked.get('redirect_uri'), callback)
  assert.equal(asked.get('resource'), development.mcpUrl)
  assert.equal(await first.exit, 0, first.output())
  assert.match(first.output(), /"name":"add"/)

  const second = runInspector(programHome, ...call)
  assert.equal(await second.exit, 0, second.output())
  assert.ok(second.output().includes(ADA), second.output())
  assert.equal((await programHome.readUrls()).length, 1, 'the person was not asked')

  const third = runInspector(programHome, ...call, '--relogin')
  await programHome.answer(1)
  assert.equal(await third.exit, 0, third.output())
  assert.ok(third.output().includes(ADA), third.output())
})

test('the Inspector uses a token from a header, and a wrong one is refused', async (t) => {
  const programHome = await openHome(t)
  const parameters = { resource: development.mcpUrl }
  const { tokens } = await logIn(development.issuer, { parameters })
  assert.equal(claimsOf(tokens['access_token'])['aud'], development.mcpUrl)
  const list = (token: unknown) =>
    runInspector(
      programHome,
      ...['--method', 'tools/list', '--stored-auth-only'],
      ...['--header', `Authorization: Bearer ${token}`],
    )
  const allowed = list(tokens['access_token'])
  assert.equal(await allowed.exit, 0, allowed.output())
  assert.match(allowed.output(), /"name":"whoami"/)
  const refused = list('wrong')
  assert.notEqual(await refused.exit, 0, refused.output())
  assert.deepEqual(await programHome.readUrls(), [])
})
