// Formats the result of one file, and saves its unexplained survivors in the format of explained.json.

import { writeFile } from 'node:fs/promises'
import type { Explanation, Judgement } from './explanations.ts'
import type { Survivor } from './survivors.ts'

/** Mutants by how they ended. */
export type Counts = Readonly<Record<string, number>>

export function formatResult(result: {
  file: string
  counts: Counts
  verdict: Judgement
  paths: readonly string[]
}): string {
  const { file, counts, verdict, paths } = result
  const ends = Object.entries(counts).map(([end, count]) => `${count} ${end}`)
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  const lines = [`${file}: ${total} mutants: ${ends.join(', ')}`]
  if (verdict.explained.length > 0) lines.push(`${verdict.explained.length} survived and explained`)
  for (const survivor of verdict.unexplained) lines.push('', ...formatSurvivor(survivor))
  for (const explanation of verdict.stale) lines.push('', ...formatStale(explanation))
  return [...lines, '', ...paths.map((path) => `Report: ${path}`), ''].join('\n')
}

function formatSurvivor({ file, line, mutator, original, replacement }: Survivor): string[] {
  return [`${file}:${line} survived (${mutator})`, `  - ${original}`, `  + ${replacement}`]
}

function formatStale({ file, original, replacement }: Explanation): string[] {
  return [
    `${file}: stale explanation: no survivor matches it. Remove it or correct it`,
    `  - ${original}`,
    `  + ${replacement}`,
  ]
}

/** @returns the path of the JSON file, next to the report */
export async function saveUnexplained(
  reportPath: string,
  unexplained: readonly Survivor[],
): Promise<string> {
  const path = reportPath.replace(/\.html$/, '.survivors.json')
  const entries = unexplained.map(({ file, original, replacement }) => ({
    file,
    original,
    replacement,
    reason: '',
  }))
  await writeFile(path, `${JSON.stringify(entries, undefined, 2)}\n`)
  return path
}
