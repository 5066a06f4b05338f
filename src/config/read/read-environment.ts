// Reads the environment: each setting by the schema of schema.ts, then the rules between settings.
import type { ZodError } from 'zod'
import { checkCallback, checkIssuerPath } from '../own-uris.ts'
import { type EnvironmentSettings, environmentSchema, SECRET_SETTINGS } from '../schema.ts'
import { type Environment, type ReportFault, readSecret } from './read-secret.ts'

/** `docker run --env-file` keeps the quotes that shells and all other readers of env files remove. */
export function stripQuotes(env: Environment): Environment {
  const unquote = (value: string | undefined) => value?.replace(/^(['"])(.*)\1$/s, '$2')
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, unquote(value)]))
}

/** The settings that other programs read too. As in curl, the lower-case name wins. */
const SHARED_SETTINGS = ['HTTPS_PROXY', 'NO_PROXY']

function withLowerCase(env: Environment): Environment {
  const shared = SHARED_SETTINGS.map((name) => [name, env[name.toLowerCase()] || env[name]])
  const all: Environment = { ...env, ...Object.fromEntries(shared) }
  // Without a proxy, its exceptions mean nothing here: other programs may accept forms that we do not.
  const isProxied = all['HTTPS_PROXY'] || all['HTTPS_PROXY_FILE']
  return isProxied ? all : { ...all, NO_PROXY: undefined }
}

/** @returns `settings`, if every setting is valid, and `valid`, the valid ones in any case */
export function readEnvironment(
  given: Environment,
  isTaken: (path: string) => boolean,
  reportFault: ReportFault,
): { settings: EnvironmentSettings | undefined; valid: Partial<EnvironmentSettings> } {
  const env = withLowerCase(given)
  const unreadable = new Set<string>()
  const resolved = { ...env }
  for (const name of SECRET_SETTINGS) {
    resolved[name] = readSecret(env, name, (at, message) => {
      unreadable.add(name)
      reportFault(at, message)
    })
  }
  // An empty line in an env file means "not set".
  const set = Object.fromEntries(Object.entries(resolved).filter(([, value]) => value !== ''))
  const { data: settings, error } = environmentSchema.safeParse(set)
  const valid: Partial<EnvironmentSettings> = { ...(settings ?? parseValidOnes(set, error)) }
  for (const { path, message } of error?.issues ?? []) {
    // A secret whose file cannot be read is not reported as missing too.
    const name = settingOf(path)
    if (!unreadable.has(name)) reportFault(name, message)
  }
  checkIssuerPath(valid, reportFault)
  checkCallback(valid, isTaken, reportFault)
  checkKeys(valid, reportFault)
  checkWorkers(valid, reportFault)
  return { settings, valid }
}

function parseValidOnes(given: Environment, error: ZodError): Partial<EnvironmentSettings> {
  const faulty = new Set(error.issues.map(({ path }) => settingOf(path)))
  const rest = Object.entries(given).filter(([name]) => !faulty.has(name))
  const valid = environmentSchema.partial().parse(Object.fromEntries(rest))
  // Drop the faulty settings again: parsing gave them their defaults.
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
      `must contain a key for ACCESS_TOKEN_ALG=${ACCESS_TOKEN_ALG}: create one with \`npm run -s keygen\``,
    )
  }
}

function checkWorkers(
  { WORKERS = 1, STORE_URL }: Partial<EnvironmentSettings>,
  reportFault: ReportFault,
): void {
  if (WORKERS === 1 || STORE_URL?.toLowerCase() !== 'memory:') return
  reportFault('WORKERS', 'must be 1 with STORE_URL=memory:, which each process has for itself')
}
