// The schema of the environment. file-schema.ts is that of the configuration file.
import { z } from 'zod'
import { parseAddressRange } from '../ip-address.ts'
import { isCanonicalIssuer } from '../oauth/issuer.ts'
import { isHttpsOrLoopback } from '../oauth/loopback.ts'
import { resourceUri } from './file-schema.ts'
import { parseJwks } from './jwks.ts'
import { httpsProxy } from './proxy/https-proxy.ts'
import { noProxy } from './proxy/no-proxy.ts'
import { AUTH_METHODS } from './upstream/preset-schema.ts'
import { listPresets } from './upstream/presets.ts'
import { parsePrivateKey } from './upstream/private-key.ts'

const keygenHint = 'create one with `npm run -s keygen -- --env`'

const httpsUrl = z
  .string()
  .refine(isHttpsOrLoopback, 'must be an https URL (http only for localhost, 127.0.0.1 and [::1])')

const issuer = z
  .string('is required: the public https origin of this server, e.g. https://auth.example.com')
  .refine(isHttpsOrLoopback, {
    error: 'must be an https origin, e.g. https://auth.example.com (http only for loopback hosts)',
    abort: true,
  })
  .refine(isCanonicalIssuer, {
    error:
      'must be an origin in its canonical form: lower case, no path, no trailing slash, no default port',
  })

const list = (value: string) => value.split(/[\s,]+/).filter((item) => item !== '')

const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port number')
  .max(65535, 'must be a port number')

const longSecret = z
  .string()
  .refine(
    (secret) => Buffer.byteLength(secret) >= 32,
    `must contain secrets of at least 32 bytes each, separated by commas, newest first: ${keygenHint}`,
  )

const sessionSecret = z
  .string(`is required: ${keygenHint}`)
  .transform(list)
  .pipe(z.tuple([longSecret], longSecret))

function parseParameters(value: string, context: z.RefinementCtx): Record<string, string> {
  if (!value.trimStart().startsWith('{')) return Object.fromEntries(new URLSearchParams(value))
  try {
    const parsed = z.record(z.string(), z.string()).safeParse(JSON.parse(value))
    if (parsed.success) return parsed.data
  } catch {
    // Invalid JSON gets the message below.
  }
  context.addIssue('must be a query, e.g. audience=…&organization=…, or a JSON object of strings')
  return z.NEVER
}

const RESERVED_PARAMETERS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'scope',
]

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal']

const isProxyRange = (value: string) =>
  NAMED_RANGES.includes(value) || parseAddressRange(value) !== undefined

// The parts are percent-encoded. store/redis/redis-url.ts parses them exactly.
const redisUrl =
  /rediss?(:\/\/[^/?#]+(\/\d*)?|\+sentinel:\/\/[^/?#]+\/[^/?#]+|\+cluster:\/\/[^/?#]+\/?)(\?.*)?/
const redisForms =
  'redis://HOST:PORT[/DB], redis+sentinel://HOST:PORT,…/MASTER[?db=…] or redis+cluster://HOST:PORT,… ' +
  '(USER:PASSWORD@ before the hosts, percent-encoded; rediss for TLS, with ?ca=PATH of a PEM file for a certificate of your own CA)'

const MAX_WORKERS = 64
const workersRule = `must be a whole number from 1 to ${MAX_WORKERS}`

/** By setting name. Every secret has a `_FILE` twin that names a file to read it from. */
export const environmentSchema = z.object({
  OIDC_ISSUER: issuer,
  ALLOW_ISSUER_PATH: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((value) => value === 'true'),
  OIDC_HOST: z.string().default('0.0.0.0'),
  OIDC_PORT: port.default(4000),
  UPSTREAM_ISSUER: z
    .string('is required: the issuer URL of your OpenID provider, e.g. https://example.okta.com')
    .pipe(httpsUrl),
  UPSTREAM_SUBJECTS_OF: httpsUrl.optional(),
  UPSTREAM_CLIENT_ID: z
    .string('is required: the client ID that your OpenID provider gave this server')
    .min(1, 'must not be empty'),
  UPSTREAM_CLIENT_SECRET: z.string().min(1, 'must not be empty').optional(),
  UPSTREAM_PRESET: z
    .string()
    .refine((name) => listPresets().includes(name), {
      error: () => `must be one of ${listPresets().join(', ')}`,
    })
    .optional(),
  UPSTREAM_TENANTS: z.string().default('').transform(list),
  UPSTREAM_AUTH_METHOD: z
    .enum(AUTH_METHODS, `must be one of ${AUTH_METHODS.join(', ')}`)
    .optional(),
  UPSTREAM_PRIVATE_KEY: z.string().transform(parsePrivateKey).optional(),
  UPSTREAM_REDIRECT_URI: httpsUrl.optional(),
  UPSTREAM_SCOPES: z
    .string()
    .transform((value) => list(value).join(' '))
    .optional(),
  UPSTREAM_PARAMS: z
    .string()
    .default('')
    .transform(parseParameters)
    .refine(
      (parameters) => !RESERVED_PARAMETERS.some((name) => Object.hasOwn(parameters, name)),
      `must not contain parameters that this server sets itself (${RESERVED_PARAMETERS.join(', ')})`,
    ),
  UPSTREAM_NAME: z.string().min(1, 'must not be empty').optional(),
  JWKS: z
    .string('is required: the private signing keys, one line from `npm run -s keygen`')
    .transform(parseJwks),
  SESSION_SECRET: sessionSecret,
  REGISTRATION_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  ACCESS_TOKEN_ALG: z.enum(['RS256', 'ES256'], 'must be RS256 or ES256').default('RS256'),
  STORE_URL: z
    .string()
    .regex(
      RegExp(`^(sqlite:.+|memory:|${redisUrl.source})$`, 'i'),
      `must be sqlite:PATH, ${redisForms}`,
    )
    .optional(),
  STORE_KEY_PREFIX: z
    .string()
    .regex(/^[\w.-]+$/, 'must contain only letters, digits, dots, dashes and underscores')
    .default('mcp-oidc'),
  REDIS_URL: z
    .string()
    .regex(RegExp(`^${redisUrl.source}$`, 'i'), `must be ${redisForms}`)
    .optional(),
  RESOURCES: z.string().default('').transform(list).pipe(z.array(resourceUri)),
  CONFIG_FILE: z.string().optional(),
  CONSENT: z.enum(['always', 'remember'], 'must be always or remember').default('always'),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform(list)
    .refine(
      (ranges) => ranges.every(isProxyRange),
      'must be addresses or CIDR ranges of your proxies, or loopback, linklocal or uniquelocal',
    ),
  HTTPS_PROXY: httpsProxy.optional(),
  NO_PROXY: z.string().default('').transform(list).pipe(noProxy),
  WORKERS: z
    .string()
    .regex(/^\d{1,2}$/, workersRule)
    .transform(Number)
    .refine((count) => count >= 1 && count <= MAX_WORKERS, workersRule)
    .default(1),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
})

/** The settings that hold a secret: each may be set as `NAME` or as `NAME_FILE`. */
export const SECRET_SETTINGS = [
  'UPSTREAM_CLIENT_SECRET',
  'UPSTREAM_PRIVATE_KEY',
  'JWKS',
  'SESSION_SECRET',
  'REGISTRATION_TOKEN',
  'STORE_URL',
  'REDIS_URL',
  'HTTPS_PROXY',
] as const

export type EnvironmentSettings = z.infer<typeof environmentSchema>
export type PrivateJwks = EnvironmentSettings['JWKS']
