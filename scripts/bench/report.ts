// The results as tables, in Markdown as docs/performance.md has them.

import type { Measurement } from './closed-loop.ts'
import { type Comparison, type Ratio, ratioOf, type Side } from './comparison.ts'
import type { GrowthPoint } from './growth.ts'
import { CLIENTS, type Overload } from './overload.ts'
import type { ProfileShare } from './profile.ts'
import type { StartUp } from './start-up.ts'
import { medianOf, quantileOf } from './statistics.ts'
import type { Sweep } from './sweep.ts'

type Cell = string | number

function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function formatComparisons(comparisons: readonly Comparison[]): string {
  const head = ['operation', 'server', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'Redis commands']
  head.push('round trips', 'RSS MiB', 'CPU ratio', 'target')
  const rows = comparisons.flatMap((comparison) => {
    const { spec, ours, reference } = comparison
    const name = `${spec.operation}, ${spec.alg}`
    const ratio = ratioOf(comparison)
    const first = [...rowOf(name, ours), formatRatio(ratio), spec.target ? `≤ ${spec.target}` : '']
    return reference ? [first, [...rowOf('', reference), '', '']] : [first]
  })
  return formatTable(head, rows)
}

function rowOf(name: string, side: Side): Cell[] {
  return [
    name,
    side.kind,
    ...formatMedians(side.measurements),
    side.redis.commands.toFixed(1),
    side.redis.roundTrips.toFixed(1),
    Math.round(side.residentMiB),
  ]
}

/** Requests per second, p50, p99 and CPU. */
function formatMedians(measurements: readonly Measurement[]): Cell[] {
  const median = (key: keyof Measurement) => medianOf(measurements.map((one) => one[key]))
  return [
    Math.round(median('perSecond')),
    median('p50Ms').toFixed(1),
    median('p99Ms').toFixed(1),
    median('cpuMs').toFixed(3),
  ]
}

function formatRatio(ratio: Ratio | undefined): string {
  if (!ratio) return '–'
  const { median, lowest, highest } = ratio
  return `**${median.toFixed(2)}** (${lowest.toFixed(2)}–${highest.toFixed(2)})`
}

export function formatStartUps(starts: readonly StartUp[]): string {
  const reference = starts.find(({ kind }) => kind === 'bare-redis')
  const rows = starts.map(({ kind, wallMs, cpuMs }) => [
    kind,
    Math.round(medianOf(wallMs)),
    `${Math.round(Math.min(...wallMs))}–${Math.round(Math.max(...wallMs))}`,
    Math.round(medianOf(cpuMs)),
    (medianOf(wallMs) / medianOf(reference?.wallMs ?? [])).toFixed(2),
  ])
  return formatTable(['server', 'first 200 after ms', 'range', 'CPU ms', 'ratio'], rows)
}

export function formatShares(title: string, shares: readonly ProfileShare[]): string {
  const rows = shares.map(({ name, percent }) => [`\`${name}\``, percent.toFixed(1)])
  return formatTable([title, '% of CPU'], rows)
}

export function formatGrowth(points: readonly GrowthPoint[]): string {
  const head = ['grants', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', 'memory in use, MiB']
  const rows = points.map(({ grants, measurements, liveMiB }) => [
    grants.toLocaleString('en'),
    ...formatMedians(measurements),
    liveMiB.toFixed(1),
  ])
  return formatTable(head, rows)
}

export function formatOverload(overload: Overload): string {
  const { acceptedMs, refusedMs, livezMs } = overload
  const quantile = (all: readonly number[], part: number) => quantileOf(all, part).toFixed(0)
  const head = ['served/s', 'clients', 'accepted/s', 'p50 / p99 ms', 'refused/s', 'p50 / p99 ms']
  head.push('/livez p50 / worst ms', 'RSS MiB')
  const row = [
    Math.round(overload.servedPerSecond),
    CLIENTS,
    Math.round(overload.acceptedPerSecond),
    `${quantile(acceptedMs, 0.5)} / ${quantile(acceptedMs, 0.99)}`,
    Math.round(overload.refusedPerSecond),
    `${quantile(refusedMs, 0.5)} / ${quantile(refusedMs, 0.99)}`,
    `${quantile(livezMs, 0.5)} / ${quantile(livezMs, 1)}`,
    Math.round(overload.residentMiB),
  ]
  return formatTable(head, [row])
}

export function formatSweep({ quiet, swept, sweptRecords }: Sweep): string {
  const head = ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms']
  const during = `while ${sweptRecords.toLocaleString('en')} expired records are swept`
  const rows = [
    ['before', ...formatMedians(quiet)],
    [during, ...formatMedians(swept)],
  ]
  return formatTable(head, rows)
}
