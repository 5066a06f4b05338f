// Reads a secret from the environment, or from the file that its `_FILE` twin names.
import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>
/** Reports one fault to the operator: the setting's name, its problem and the fix, never its value. */
export type ReportFault = (name: string, message: string) => void

/** `NAME` itself, or the trimmed content of the file that `NAME_FILE` names. */
export function readSecret(
  env: Environment,
  name: string,
  reportFault: ReportFault,
): string | undefined {
  const path = env[`${name}_FILE`]
  if (!path) return env[name] || undefined
  if (env[name]) reportFault(name, `is set twice: keep either ${name} or ${name}_FILE`)
  try {
    const secret = readFileSync(path, 'utf8').trim()
    if (secret === '') reportFault(`${name}_FILE`, 'names an empty file: write the secret into it')
    return secret
  } catch (error) {
    const problem = describeReadError(error)
    reportFault(`${name}_FILE`, `names a file that ${problem}: check its path and permissions`)
    return undefined
  }
}

/** Gives only the code of the error, because its message contains the path. */
export function describeReadError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? `cannot be read (${code})` : 'cannot be read'
}

/** Strangers can guess at these secrets, from many addresses at once. */
const MIN_LENGTH = 16

/** The secret of an environment variable that the configuration file names. */
export function readNamedSecret(
  name: string | undefined,
  env: Environment,
  reportFault: ReportFault,
): string | undefined {
  if (name === undefined) return undefined
  if (!env[name] && !env[`${name}_FILE`]) {
    reportFault(name, 'is required: CONFIG_FILE names it as the variable that holds a secret')
  }
  const secret = readSecret(env, name, reportFault)
  if (secret && secret.length < MIN_LENGTH) {
    reportFault(
      env[`${name}_FILE`] ? `${name}_FILE` : name,
      `must hold a secret of at least ${MIN_LENGTH} characters: create one with \`openssl rand -base64 24\``,
    )
  }
  return secret
}
