// The results as tables, in Markdown as docs/performance.md has them.

import type { Measurement } from './closed-loop.ts'
import { type Comparison, medianOf, type Ratio, ratioOf, type Side } from './comparison.ts'
import type { ProfileShare } from './profile.ts'
import type { StartUp } from './start-up.ts'

type Cell = string | number

export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
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
  const median = (key: keyof Measurement) => medianOf(side.measurements.map((one) => one[key]))
  return [
    name,
    side.kind,
    Math.round(median('perSecond')),
    median('p50Ms').toFixed(1),
    median('p99Ms').toFixed(1),
    median('cpuMs').toFixed(3),
    side.redis.commands.toFixed(1),
    side.redis.roundTrips.toFixed(1),
    Math.round(side.residentMiB),
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
