// A secret from the environment, or from the file that its `_FILE` twin names.
import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>
/** Notes one fault for the operator: the setting's name and how to mend it, never its value. */
export type Report = (name: string, message: string) => void

/** `NAME` itself, or the trimmed content of the file that `NAME_FILE` names. */
export function readSecret(env: Environment, name: string, fault: Report): string | undefined {
  const path = env[`${name}_FILE`]
  if (!path) return env[name] || undefined
  if (env[name]) fault(name, `is set twice: keep ${name} or ${name}_FILE`)
  try {
    const secret = readFileSync(path, 'utf8').trim()
    if (secret === '') fault(`${name}_FILE`, 'names an empty file')
    return secret
  } catch {
    fault(`${name}_FILE`, 'names a file that cannot be read')
    return undefined
  }
}

/** The secret of an environment variable that the configuration file names. */
export function namedSecret(
  name: string | undefined,
  env: Environment,
  fault: Report,
): string | undefined {
  if (name === undefined) return undefined
  if (!env[name] && !env[`${name}_FILE`]) {
    fault(name, 'is required: CONFIG_FILE names it as the variable with a secret')
  }
  return readSecret(env, name, fault)
}
