// The arguments of `npm run dev`.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Environment } from '../../src/config/read/read-secret.ts'

/** @returns the environment with `--config FILE` as CONFIG_FILE. @throws TypeError for any other argument */
export function readDevOptions(args: readonly string[], env: Environment): Environment {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
  if (values.config === undefined) return env
  // npm runs scripts in the folder of package.json, but people name files from where they are.
  return { ...env, CONFIG_FILE: resolve(env['INIT_CWD'] ?? '', values.config) }
}

export function isArgumentFault(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS')
}
