// Applications on the official SDKs, each in its own process, against the servers of `npm run dev`.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Child, run } from '../support/child.ts'
import { openDevelopment } from '../support/development.ts'
import { ADA } from '../support/journey.ts'
import { answerAsPerson } from '../support/mcp-stage.ts'
import type { Report } from '../support/sdk-process.ts'

let development: Awaited<ReturnType<typeof openDevelopment>>
before(async () => {
  development = await openDevelopment()
})
after(() => development.close())

const PROGRAMS = {
  '1.x': fileURLToPath(new URL('../support/sdk-v1-process.ts', import.meta.url)),
  '2.x': fileURLToPath(new URL('../support/sdk-v2-process.ts', import.meta.url)),
}

async function finish(child: Child): Promise<Report[]> {
  assert.equal(await child.exit, 0, child.output())
  return child
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Report)
}

for (const [generation, program] of Object.entries(PROGRAMS)) {
  test(`an application on SDK ${generation} signs a person in once and refreshes from then on`, async () => {
    const file = join(development.dataDirectory, `kept-${generation}.json`)
    await writeFile(file, '{}')
    const start = () =>
      run(process.execPath, [program, development.mcpUrl, file], { deadlineMs: 30_000 })
    const readKept = async () =>
      JSON.parse(await readFile(file, 'utf8')) as {
        client: { client_id: string }
        tokens: { access_token: string; refresh_token: string }
      }

    const first = start()
    const asked = new URL(await first.waitFor(/"event":"asks","url":"([^"]+)"/))
    assert.equal(asked.searchParams.get('resource'), development.mcpUrl)
    const back = await fetch(await answerAsPerson(asked))
    assert.equal(back.status, 200)
    const [asks, ...done] = await finish(first)
    assert.equal(asks?.event, 'asks')
    const kept = await readKept()
    assertCalled(done, {
      clientId: kept.client.client_id,
      tokenRequests: ['authorization_code 200', 'refresh_token 200'],
    })

    const second = await finish(start())
    const keptLater = await readKept()
    assert.deepEqual(keptLater.client, kept.client)
    assert.notEqual(keptLater.tokens.refresh_token, kept.tokens.refresh_token)
    assertCalled(second, {
      clientId: kept.client.client_id,
      tokenRequests: ['refresh_token 200'],
    })
  })
}

/** The process called the tools before and after its access token expired, without asking the person. */
function assertCalled(
  reports: readonly Report[],
  expected: { clientId: string; tokenRequests: readonly string[] },
): void {
  const calls = reports.map((report) => {
    if (report.event !== 'called' || report.tool !== 'whoami') return report
    const { sub, client_id } = report.result as Record<string, unknown>
    return { ...report, result: { sub, client_id } }
  })
  const who = {
    event: 'called',
    tool: 'whoami',
    result: { sub: ADA, client_id: expected.clientId },
  }
  assert.deepEqual(calls, [
    who,
    { event: 'called', tool: 'add', result: { sum: 42 } },
    who,
    { event: 'done', tokenRequests: expected.tokenRequests },
  ])
}
