// Reads the configuration file: config/default.json with the operator's file merged over it.
import { fileURLToPath } from 'node:url'
import { isObject } from '../../oauth/json-members.ts'
import { type FileSettings, fileSchema } from '../file-schema.ts'
import { readJson } from './read-json.ts'
import { describeReadError, type ReportFault } from './read-secret.ts'

const DEFAULT_FILE = fileURLToPath(new URL('../../../config/default.json', import.meta.url))

/** Merges the file of CONFIG_FILE over `config/default.json`, objects one level deep. */
export function readFile(
  path: string | undefined,
  reportFault: ReportFault,
): FileSettings | undefined {
  const merged = readJson(DEFAULT_FILE)
  try {
    for (const [key, value] of Object.entries(path ? readJson(path) : {})) {
      const base = merged[key]
      merged[key] = isObject(base) && isObject(value) ? { ...base, ...value } : value
    }
  } catch (error) {
    const isUnreadable = error instanceof Error && 'syscall' in error
    const reason = isUnreadable ? describeReadError(error) : describeSyntaxError(error)
    reportFault('CONFIG_FILE', `names a file that ${reason}: name a file with one JSON object`)
    return undefined
  }
  const parsed = fileSchema.safeParse(merged)
  for (const issue of parsed.error?.issues ?? []) {
    reportFault(`CONFIG_FILE ${issue.path.join('.') || '(top level)'}`, issue.message)
  }
  return parsed.data
}

/** Gives only the place of the error, because the rest of its message quotes the file. */
function describeSyntaxError(error: unknown): string {
  const [, place] =
    /\((line \d+ column \d+)\)$/.exec(error instanceof Error ? error.message : '') ?? []
  return place === undefined ? 'is not a JSON object' : `is not valid JSON at ${place}`
}
