// Shared by the standalone commands: settings from the environment, and a clean stop on SIGTERM.
import { readSecret } from '../../src/config/read/read-secret.ts'

type Environment = Readonly<Record<string, string | undefined>>

class SettingError extends Error {}

/** The value of the setting `NAME`, or the content of the file in `NAME_FILE`. */
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

/** Runs a server until SIGTERM or Ctrl-C. */
export async function runUntilStopped(
  start: () => Promise<{ readonly url: string; close(): Promise<void> }>,
): Promise<void> {
  const running = await start().catch(exitWithError)
  console.log(`listening at ${running.url}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void running.close().catch(exitWithError))
  }
}

/** Prints one line for a fault in a setting, and the stack for any other error. */
export function exitWithError(error: unknown): never {
  console.error(error instanceof SettingError ? error.message : error)
  process.exit(1)
}
