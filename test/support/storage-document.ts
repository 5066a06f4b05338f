// The tables of docs/storage.md and others, for tests that compare them with the code.
import { readFileSync } from 'node:fs'

/** The rows of a table, by their first cell. @param head the start of its heading line, e.g. `| kind |` */
export function readTable(
  head: string,
  document = 'docs/storage.md',
): ReadonlyMap<string, readonly string[]> {
  const lines = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8').split('\n')
  const start = lines.findIndex((line) => line.startsWith(head))
  if (start === -1) throw new Error(`${document} has no table ${head}`)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return new Map(
    rows.slice(0, end).map((line) => {
      const [name = '', ...cells] = line.split('|').slice(1, -1)
      return [name.trim().replaceAll('`', ''), cells.map((cell) => cell.trim())] as const
    }),
  )
}

/** The lifetimes in a cell, in seconds. */
interface Lifetimes {
  /** Some records have each of these lifetimes. */
  readonly each: readonly number[]
  /** ``…` to `…``: some records have the shortest and some the longest; all others are in between. */
  readonly range: readonly [number, number] | undefined
  /** ``up to `…``: counted from the first write of a record, no matter how often it is renewed. */
  readonly cap: number | undefined
}

const UNITS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 }

/** Lifetimes are in backticks: sums of `names`, durations and maxima, e.g. `max(clientSeconds, sessionSeconds) + 1 day`. */
export function parseLifetimes(cell: string, names: Readonly<Record<string, number>>): Lifetimes {
  const evaluate = (sum: string): number =>
    sum.split(' + ').reduce((total, term) => total + evaluateTerm(term, names), 0)
  const [, low, high] = /`([^`]+)` to `([^`]+)`/.exec(cell) ?? []
  if (low !== undefined && high !== undefined) {
    return { each: [], range: [evaluate(low), evaluate(high)], cap: undefined }
  }
  const spans = [...cell.matchAll(/(up to )?`([^`]+)`/g)].map(([, upTo, sum = '']) => ({
    isCap: upTo !== undefined,
    seconds: evaluate(sum),
  }))
  return {
    each: spans.filter(({ isCap }) => !isCap).map(({ seconds }) => seconds),
    range: undefined,
    cap: spans.find(({ isCap }) => isCap)?.seconds,
  }
}

function evaluateTerm(term: string, names: Readonly<Record<string, number>>): number {
  const [, maximum] = /^max\((.+)\)$/.exec(term) ?? []
  if (maximum !== undefined) {
    return Math.max(...maximum.split(', ').map((each) => evaluateTerm(each, names)))
  }
  const [, count, unit = ''] = /^(\d+) (second|minute|hour|day)s?$/.exec(term) ?? []
  const value = count === undefined ? names[term] : Number(count) * (UNITS[unit] ?? 0)
  if (value === undefined) throw new Error(`docs/storage.md: \`${term}\` is not a lifetime`)
  return value
}
