// The settings of the environment, each one checked by schema.ts, and the rules between them.
import type { ZodError } from 'zod'
import { checkCallback, checkIssuerPath } from './own-uris.ts'
import { type Environment, type ReportFault, readSecret } from './read-secret.ts'
import { type EnvironmentSettings, environmentSchema, SECRET_SETTINGS } from './schema.ts'

// `docker run --env-file` keeps the quotes that a shell and every other reader of env files take off.
export function stripQuotes(env: Environment): Environment {
  const unquote = (value: string | undefined) => value?.replace(/^(['"])(.*)\1$/s, '$2')
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, unquote(value)]))
}

/** All settings when each one is right, and in any case those that are. */
export function readEnvironment(
  env: Environment,
  isTaken: (path: string) => boolean,
  reportFault: ReportFault,
): { settings: EnvironmentSettings | undefined; valid: Partial<EnvironmentSettings> } {
  const unreadable = new Set<string>()
  const resolved = { ...env }
  for (const name of SECRET_SETTINGS) {
    resolved[name] = readSecret(env, name, (at, message) => {
      unreadable.add(name)
      reportFault(at, message)
    })
  }
  // An empty line in an env file means "not set".
  const given = Object.fromEntries(Object.entries(resolved).filter(([, value]) => value !== ''))
  const { data: settings, error } = environmentSchema.safeParse(given)
  const valid: Partial<EnvironmentSettings> = { ...(settings ?? parseValidOnes(given, error)) }
  for (const { path, message } of error?.issues ?? []) {
    // A secret whose file cannot be read is not reported as missing too.
    const name = settingOf(path)
    if (!unreadable.has(name)) reportFault(name, message)
  }
  checkIssuerPath(valid, reportFault)
  checkCallback(valid, isTaken, reportFault)
  checkKeys(valid, reportFault)
  return { settings, valid }
}

function parseValidOnes(given: Environment, error: ZodError): Partial<EnvironmentSettings> {
  const faulty = new Set(error.issues.map(({ path }) => settingOf(path)))
  const rest = Object.entries(given).filter(([name]) => !faulty.has(name))
  const valid = environmentSchema.partial().parse(Object.fromEntries(rest))
  // Without these, a faulty setting would count as its default.
  return Object.fromEntries(Object.entries(valid).filter(([name]) => !faulty.has(name)))
}

function settingOf([name]: readonly PropertyKey[]): string {
  if (typeof name !== 'string') throw new TypeError('an issue of the environment has no setting')
  return name
}

function checkKeys(
  { JWKS, ACCESS_TOKEN_ALG }: Partial<EnvironmentSettings>,
  reportFault: ReportFault,
): void {
  if (!JWKS || !ACCESS_TOKEN_ALG) return
  if (!JWKS.keys.some((key) => key.alg === ACCESS_TOKEN_ALG)) {
    reportFault(
      'JWKS',
      `must hold a key for ACCESS_TOKEN_ALG=${ACCESS_TOKEN_ALG}: \`npm run -s keygen\``,
    )
  }
}
