// What the standalone commands share: settings from the environment, and an end on SIGTERM.
import { readSecret } from '../../src/config/read-secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

class SettingError extends Error {}

/** The setting `NAME`, or the content of the file that `NAME_FILE` names. */
export function requireSetting(env: Environment, name: string): string {
  const value = readSecret(env, name, (at, message) => {
    throw new SettingError(`${at} ${message}`)
  })
  if (!value) throw new SettingError(`${name} is required`)
  return value
}

export function requireUrl(env: Environment, name: string): URL {
  const url = URL.parse(requireSetting(env, name))
  if (!url) throw new SettingError(`${name} must be a URL`)
  return url
}

/** Runs it until SIGTERM or Ctrl-C. */
export async function runUntilStopped(
  start: () => Promise<{ readonly url: string; close(): Promise<void> }>,
): Promise<void> {
  const running = await start().catch(fail)
  console.log(`listening at ${running.url}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void running.close().catch(fail))
  }
}

/** A setting's fault in one line, anything else with its stack. */
export function fail(error: unknown): never {
  console.error(error instanceof SettingError ? error.message : error)
  process.exit(1)
}
