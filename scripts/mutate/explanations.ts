// Reviewed survivors, each with the reason why no test has to kill it. They match by file and code, never by
// line number.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Survivor } from './survivors.ts'

const explanationsSchema = z.array(
  z.strictObject({
    file: z.string().startsWith('src/'),
    original: z.string().min(1),
    replacement: z.string(),
    reason: z.string().min(20),
  }),
)

export type Explanation = z.infer<typeof explanationsSchema>[number]

export interface Judgement {
  readonly explained: readonly Survivor[]
  readonly unexplained: readonly Survivor[]
  /** Explanations for this file that match no survivor: a test kills the mutant, or the code changed. */
  readonly stale: readonly Explanation[]
}

export async function loadExplanations(path: string): Promise<readonly Explanation[]> {
  return explanationsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

/** An explanation covers one survivor: a line that occurs twice needs two. */
export function judgeSurvivors(
  file: string,
  survivors: readonly Survivor[],
  explanations: readonly Explanation[],
): Judgement {
  const stale = explanations.filter((explanation) => explanation.file === file)
  const explained: Survivor[] = []
  const unexplained: Survivor[] = []
  for (const survivor of survivors) {
    const index = stale.findIndex((explanation) => explains(explanation, survivor))
    if (index >= 0) stale.splice(index, 1)
    const list = index >= 0 ? explained : unexplained
    list.push(survivor)
  }
  return { explained, unexplained, stale }
}

function explains(explanation: Explanation, survivor: Survivor): boolean {
  return (
    explanation.original === survivor.original && explanation.replacement === survivor.replacement
  )
}
