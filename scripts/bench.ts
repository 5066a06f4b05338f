// `npm run bench` measures the server beside a bare oidc-provider, in one run. docs/performance.md explains it.
//   --only refresh,journey   these operations; start-up is one too
//   --seconds 3 --rounds 2   of each block of load, and how often A B B A is repeated
//   --workers 2              processes of our server, all on its core: what passing connections on costs
//   --profile refresh        writes a CPU profile of the operation instead, with a summary by package
//   --server sqlite --alg ES256   for --profile: redis (default), sqlite or bare-redis
//   --grow redis             the cost of a refresh at 1,000, 100,000 and 1,000,000 grants instead; or sqlite
//   --sweep                  refreshes on SQLite before and while 210,000 expired records are swept instead
//   --overload redis         500 clients at once instead, far more than are served; or sqlite
//   --smoke                  everything for a moment: it fails on errors, not on numbers
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Comparison, type ComparisonSpec, compare, type Load } from './bench/comparison.ts'
import { pinLoad } from './bench/cores.ts'
import { measureGrowth } from './bench/growth.ts'
import { OPERATIONS, type OperationName } from './bench/operations.ts'
import { measureOverload } from './bench/overload.ts'
import { profileOperation } from './bench/profile.ts'
import {
  formatComparisons,
  formatGrowth,
  formatOverload,
  formatShares,
  formatStartUps,
  formatSweep,
} from './bench/report.ts'
import { openStage, SERVER_KINDS } from './bench/stage.ts'
import { measureStartUp } from './bench/start-up.ts'
import { measureSweep } from './bench/sweep.ts'
import { provideTestEnvironment } from './test/test-environment.ts'

const COMPARISONS: readonly ComparisonSpec[] = [
  row('discovery', 'redis', 'bare-redis', 'RS256', 0.25),
  row('discovery', 'redis', 'ready-bytes', 'RS256', 1.5),
  row('jwks', 'redis', 'bare-redis', 'RS256', 0.5),
  row('jwks', 'redis', 'ready-bytes', 'RS256', 1.5),
  row('registration', 'redis', 'bare-redis', 'RS256', 1),
  row('registration', 'sqlite', 'bare-redis', 'RS256'),
  row('refresh', 'redis', 'bare-redis', 'RS256', 0.85),
  row('refresh', 'redis', 'bare-redis', 'ES256', 0.9),
  row('refresh', 'sqlite', 'bare-redis', 'RS256', 1),
  row('refresh', 'sqlite', 'bare-redis', 'ES256', 1),
  row('journey', 'redis', 'bare-redis', 'RS256', 1),
  row('journey', 'sqlite', 'bare-redis', 'RS256'),
  row('introspection', 'redis', undefined, 'RS256'),
]

const SIZES = [1000, 100_000, 1_000_000]

function row(
  operation: OperationName,
  ours: ComparisonSpec['ours'],
  reference: ComparisonSpec['reference'],
  alg: ComparisonSpec['alg'],
  target?: number,
): ComparisonSpec {
  return { operation, ours, reference, alg, ...(target === undefined ? {} : { target }) }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
    workers: { type: 'string', default: '1' },
    profile: { type: 'string' },
    server: { type: 'string', default: 'redis' },
    alg: { type: 'string', default: 'RS256' },
    grow: { type: 'string' },
    overload: { type: 'string' },
    sweep: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
})
const load: Load = values.smoke
  ? { concurrency: 4, seconds: 0.2, rounds: 1 }
  : { concurrency: 16, seconds: Number(values.seconds), rounds: Number(values.rounds) }
const only = values.only?.split(',')

Object.assign(process.env, provideTestEnvironment(process.env, new Set(['bench'])))
mkdirSync(fileURLToPath(new URL('../reports', import.meta.url)), { recursive: true })
pinLoad()
const stage = await openStage()
try {
  if (values.profile) await printProfile(values.profile)
  else if (values.grow) await printGrowth(values.grow)
  else if (values.overload) await printOverload(values.overload)
  else if (values.sweep) console.log(formatSweep(await measureSweep(stage, load)))
  else await printComparisons()
} finally {
  await stage.close()
}

async function printComparisons(): Promise<void> {
  const done: Comparison[] = []
  for (const spec of COMPARISONS.filter(({ operation }) => !only || only.includes(operation))) {
    console.error(`${spec.operation}: ${spec.ours} beside ${spec.reference ?? 'nothing'} …`)
    done.push(await compare(stage, { ...spec, workers: values.workers }, load))
  }
  console.log(`${formatComparisons(done)}\n`)
  if (only && !only.includes('start-up')) return
  const rounds = values.smoke ? 1 : 4 * load.rounds
  console.log(`${formatStartUps(await measureStartUp(stage, rounds))}\n`)
}

async function printProfile(name: string): Promise<void> {
  const operation = OPERATIONS.find((one) => one === name)
  if (!operation) throw new Error(`--profile is one of ${OPERATIONS.join(', ')}`)
  const kind = SERVER_KINDS.find((one) => one === values.server)
  if (!kind) throw new Error(`--server is one of ${SERVER_KINDS.join(', ')}`)
  const alg = values.alg === 'ES256' ? 'ES256' : 'RS256'
  const { file, packages, functions } = await profileOperation(
    stage,
    { operation, alg, kind },
    load,
  )
  console.log(`${file}\n\n${formatShares('package', packages.slice(0, 20))}\n`)
  console.log(formatShares('function', functions.slice(0, 40)))
}

async function printGrowth(name: string): Promise<void> {
  const kind = name === 'sqlite' ? 'sqlite' : 'redis'
  console.log(formatGrowth(await measureGrowth(stage, { kind, sizes: SIZES, load })))
}

async function printOverload(name: string): Promise<void> {
  const kind = name === 'sqlite' ? 'sqlite' : 'redis'
  console.log(formatOverload(await measureOverload(stage, { kind, load })))
}
