// A CPU profile of one operation, and where the time went, by package.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runClosedLoop } from './closed-loop.ts'
import type { ComparisonSpec, Load } from './comparison.ts'
import type { CpuProfile } from './inspector.ts'
import { prepareOperation } from './operations.ts'
import type { ServerKind, Stage } from './stage.ts'

const REPORTS = fileURLToPath(new URL('../../reports', import.meta.url))

export interface ProfileShare {
  readonly name: string
  readonly percent: number
}

/** Writes the profile to `reports/`. @returns the file, and the shares of packages and of functions */
export async function profileOperation(
  stage: Stage,
  spec: Pick<ComparisonSpec, 'operation' | 'alg'> & { kind: ServerKind },
  load: Load,
): Promise<{ file: string; packages: ProfileShare[]; functions: ProfileShare[] }> {
  const server = await stage.start(spec.kind, { alg: spec.alg, isInspected: true })
  try {
    const operation = await prepareOperation(spec.operation, server, load.concurrency)
    const { work } = operation
    await runClosedLoop({ ...load, work, pid: server.pid })
    await server.inspector?.startProfile()
    await runClosedLoop({ ...load, work, pid: server.pid })
    const profile = await server.inspector?.stopProfile()
    operation.close()
    if (!profile) throw new Error('the server has no inspector')
    const file = join(REPORTS, `${spec.operation}-${spec.kind}-${spec.alg}.cpuprofile`)
    await writeFile(file, JSON.stringify(profile))
    return {
      file,
      packages: shareOut(profile, packageOf),
      functions: shareOut(profile, (frame) => `${frame.functionName} (${packageOf(frame)})`),
    }
  } finally {
    await server.close()
  }
}

type Frame = CpuProfile['nodes'][number]['callFrame']

/** The share of each name in the time that was not idle, largest first. */
export function shareOut(profile: CpuProfile, nameOf: (frame: Frame) => string): ProfileShare[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, number>()
  let total = 0
  for (const [n, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    if (!frame || frame.functionName === '(idle)') continue
    const time = profile.timeDeltas[n] ?? 0
    const name = nameOf(frame)
    times.set(name, (times.get(name) ?? 0) + time)
    total += time
  }
  return [...times]
    .map(([name, time]) => ({ name, percent: (100 * time) / total }))
    .toSorted((a, b) => b.percent - a.percent)
}

/** `node_modules/NAME`, `src/FOLDER`, `node:NAME`, or what V8 calls its own work: `(garbage collector)`. */
export function packageOf({ functionName, url }: Frame): string {
  const inPackages = url.split('/node_modules/').at(-1)
  if (inPackages !== undefined && inPackages !== url) {
    const [scope = '', name = ''] = inPackages.split('/')
    return scope.startsWith('@') ? `${scope}/${name}` : scope
  }
  const inSource = url.split('/src/').at(-1)
  if (inSource !== undefined && inSource !== url) {
    return inSource.includes('/') ? `src/${inSource.split('/')[0]}` : 'src'
  }
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  return url === '' ? (functionName.startsWith('(') ? functionName : 'native') : url
}
