// The administration command in this process, over the settings of a test server.
import { runAdmin } from '../../src/admin/run-admin.ts'
import type { Config } from '../../src/config/load.ts'

export interface AdminRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Of the answer, with --json. */
  readonly json: Record<string, unknown>
  /** The audit events on stderr. */
  readonly audit: readonly Record<string, unknown>[]
}

/** @param config of the server, or changed settings */
export async function admin(config: Config, ...args: string[]): Promise<AdminRun> {
  const stdout: string[] = []
  const stderr: string[] = []
  const code = await runAdmin({
    args,
    loadConfig: () => config,
    stdout: (text) => void stdout.push(text),
    stderr: (text) => void stderr.push(text),
  })
  return {
    code,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    get json() {
      return JSON.parse(stdout.join(''))
    },
    get audit() {
      return stderr
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
        .filter((event) => 'audit' in event)
    },
  }
}

/** Succeeds, and returns the answer to --json. */
export async function adminJson(config: Config, ...args: string[]) {
  const run = await admin(config, ...args, '--json')
  if (run.code !== 0) throw new Error(`admin ${args.join(' ')}: ${run.code} ${run.stderr}`)
  return run.json
}
