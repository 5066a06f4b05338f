// The configuration file: config/default.json and, over it, the operator's own.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type FileSettings, fileSchema } from './file-schema.ts'
import type { ReportFault } from './read-secret.ts'

const DEFAULT_FILE = fileURLToPath(new URL('../../config/default.json', import.meta.url))

function readJson(path: string): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')))
}

/** The file of CONFIG_FILE over `config/default.json`: its objects are merged one level deep. */
export function readFile(
  path: string | undefined,
  reportFault: ReportFault,
): FileSettings | undefined {
  const merged = readJson(DEFAULT_FILE)
  try {
    for (const [key, value] of Object.entries(path ? readJson(path) : {})) {
      const base = merged[key]
      merged[key] = isPlainObject(base) && isPlainObject(value) ? { ...base, ...value } : value
    }
  } catch (error) {
    const isUnreadable = error instanceof Error && 'syscall' in error
    const reason = isUnreadable ? 'that file cannot be read' : describeSyntaxError(error)
    reportFault('CONFIG_FILE', `must name a readable file with one JSON object: ${reason}`)
    return undefined
  }
  const parsed = fileSchema.safeParse(merged)
  for (const issue of parsed.error?.issues ?? []) {
    reportFault(`CONFIG_FILE ${issue.path.join('.') || '(top level)'}`, issue.message)
  }
  return parsed.data
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where it stops being JSON; the rest of such a message quotes the file. */
function describeSyntaxError(error: unknown): string {
  const [, place] =
    /\((line \d+ column \d+)\)$/.exec(error instanceof Error ? error.message : '') ?? []
  return `that file holds something else${place === undefined ? '' : `, from ${place} on`}`
}
