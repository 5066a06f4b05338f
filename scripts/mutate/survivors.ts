// A survivor is a mutant that passed all tests: the lines that it changes, before and after.

interface Position {
  /** Lines and columns start at 1. */
  readonly line: number
  readonly column: number
}

export interface Mutant {
  readonly mutatorName: string
  readonly location: { readonly start: Position; readonly end: Position }
  readonly replacement: string
}

export interface Survivor {
  readonly file: string
  readonly line: number
  readonly mutator: string
  /** The changed lines as a whole, normalized. */
  readonly original: string
  readonly replacement: string
}

export function createSurvivor(file: string, source: string, mutant: Mutant): Survivor {
  const { start, end } = mutant.location
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const before = (lines[0] ?? '').slice(0, start.column - 1)
  const after = (lines.at(-1) ?? '').slice(end.column - 1)
  return {
    file,
    line: start.line,
    mutator: mutant.mutatorName,
    original: normalizeCode(lines.join('\n')),
    replacement: normalizeCode(`${before}${mutant.replacement}${after}`),
  }
}

/** Joins the lines, without `//` comments and indentation, so that neither has to match an explanation. */
export function normalizeCode(code: string): string {
  return code
    .replace(/(^|\s)\/\/ .*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}
