// Reads a JSON file in which lines that begin with // are comments.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** @throws SyntaxError with the place in the file; ZodError if it is no object; errors of the file system */
export function readJson(path: string): Record<string, unknown> {
  const json = readFileSync(path, 'utf8').replaceAll(/^[ \t]*\/\/.*$/gm, '')
  return z.record(z.string(), z.unknown()).parse(JSON.parse(json))
}
