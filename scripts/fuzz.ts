// `npm run fuzz -- --seed 7 --requests 20000`: sends malformed requests over all routes to a server of its own.
// Exits with code 1 if one got an answer that must not happen (docs/security.md), or none. `--first 1234
// --requests 1` with the same seed repeats one request.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startTestServer, TEST_RESOURCE } from '../test/support/server.ts'
import { type Failure, fuzz } from './fuzz/fuzz.ts'
import { gatherIngredients } from './fuzz/ingredients.ts'

const TIMEOUT_MS = 15_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    requests: { type: 'string', default: '20000' },
    first: { type: 'string', default: '0' },
  },
})
const [seed, requests, first] = [values.seed, values.requests, values.first].map(Number)
if (![seed, requests, first].every(Number.isSafeInteger)) {
  console.error('--seed, --requests and --first must be whole numbers')
  process.exit(2)
}
process.exitCode = await main({ seed: seed ?? 0, requests: requests ?? 0, first: first ?? 0 })

async function main(run: { seed: number; requests: number; first: number }): Promise<number> {
  console.log(`seed ${run.seed}, ${run.requests} requests from number ${run.first}`)
  const server = await startTestServer({
    env: { LOG_LEVEL: 'error', RESOURCES: '', SERVER_SECRET: 'secret-of-the-mcp-server' },
    file: {
      registration: { management: true },
      resourceServers: [
        {
          resource: TEST_RESOURCE,
          introspectionSecretEnv: 'SERVER_SECRET',
          upstreamTokens: { scopes: [] },
        },
      ],
      upstream: { globalTokenRevocation: { emailDomains: ['example.com'] } },
    },
    // Nothing leaves this machine: every host of a stranger is unknown.
    overrides: { outbound: { resolve: rejectEveryHost } },
  })
  try {
    const { port } = new URL(server.issuer)
    const { failures, counts } = await fuzz({
      ...run,
      port: Number(port),
      timeoutMs: TIMEOUT_MS,
      gather: () => gatherIngredients(server),
    })
    console.log(counts)
    for (const failure of failures) console.log(describe(failure, run.seed, server.logLines))
    console.log(`${failures.length} failures`)
    return failures.length === 0 ? 0 : 1
  } finally {
    await server.close()
  }
}

async function rejectEveryHost(): Promise<never> {
  throw Object.assign(new Error('unknown host'), { code: 'ENOTFOUND' })
}

function describe({ number, outcome, request }: Failure, seed: number, log: readonly string[]) {
  const { requestId = '-' } = outcome.kind === 'answered' ? outcome : {}
  return [
    '',
    `request ${number}: ${outcome.kind === 'answered' ? outcome.status : outcome.kind}`,
    `npm run fuzz -- --seed ${seed} --first ${number} --requests 1`,
    JSON.stringify(request),
    ...log.filter((line) => line.includes(requestId)),
  ].join('\n')
}
