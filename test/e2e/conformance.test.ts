// Runs the official conformance runner against this server: `conformance authorization`, both scenarios, with
// a public client, because the runner uses no secret if the server offers `none`.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { run } from '../support/child.ts'
import { findFreePort } from '../support/free-port.ts'
import { ADA } from '../support/journey.ts'
import { startTestServer, TEST_RESOURCE } from '../support/server.ts'

const RUNNER = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/conformance/package.json'),
).replace(/package\.json$/, 'dist/index.js')

interface Check {
  readonly id: string
  readonly status: string
  readonly errorMessage?: string
}

test('every check of the official authorization scenarios passes', async (t) => {
  const port = await findFreePort()
  const redirectUri = `http://127.0.0.1:${port}/callback`
  const client = {
    client_id: 'conformance',
    client_name: 'Conformance runner',
    redirect_uris: [redirectUri],
  }
  const server = await startTestServer({ file: { clients: [client] } })
  t.after(() => server.close())
  const results = await mkdtemp(join(tmpdir(), 'mcp-oidc-conformance-'))
  t.after(() => rm(results, { recursive: true, force: true }))

  const runner = run(
    process.execPath,
    [
      ...[RUNNER, 'authorization', '--url', server.issuer, '--client-id', client.client_id],
      ...['--resource', TEST_RESOURCE, '-p', String(port), '-o', results],
    ],
    { cwd: results, deadlineMs: 30_000 },
  )
  const url = await runner.waitFor(/^(http\S+\/authorize\?\S+)\n/m)

  const browser = createUserAgent()
  const consent = await browser.open(url)
  const signIn = await browser.submit(consent, { button: /^Allow/ })
  const back = await browser.submit(signIn, { button: { name: 'person', value: ADA } })
  assert.ok(back.url.startsWith(redirectUri), back.url)

  assert.equal(await runner.exit, 0, runner.output())
  assert.match(runner.output(), /Total: 3 passed, 0 failed/)
  const checks = await readChecks(results)
  assert.deepEqual(checks.map(({ id }) => id).sort(), [
    'authorization-code-grant',
    'authorization-server-metadata',
    'authorization-server-metadata-cimd',
  ])
  for (const { id, status, errorMessage } of checks) {
    assert.equal(status, 'SUCCESS', `${id}: ${errorMessage}`)
  }
})

async function readChecks(folder: string): Promise<Check[]> {
  const files = await readdir(folder, { recursive: true })
  const found = files.filter((file) => file.endsWith('checks.json'))
  const lists = await Promise.all(found.map((file) => readFile(join(folder, file), 'utf8')))
  return lists.flatMap((list) => JSON.parse(list) as Check[])
}
