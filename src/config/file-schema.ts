// The schema of the configuration file: reviewed data without secrets. The environment's is schema.ts.
import { z } from 'zod'
import { ACCEPTED_KEYS, parseKeySet } from '../oauth/key-set.ts'
import { canonicalResourceKey } from '../oauth/resource-uri.ts'
import { accessMembers } from './access/access-rules.ts'
import { claimSources } from './access/claim-sources.ts'
import { scopeClaims, tokenClaims } from './access/released-claims.ts'
import { revalidationMembers } from './access/revalidation.ts'
import { brandingSchema } from './branding.ts'
import { connectionsSchema, stopSeconds } from './connections.ts'
import { hostName } from './consent/host-name.ts'
import { scopeText } from './consent/scope-text.ts'
import { wellKnownClients } from './consent/well-known-clients.ts'
import { egressSchema, limitsSchema } from './limits.ts'
import { eventMembers } from './upstream/event-settings.ts'
import { upstreamOverridesSchema } from './upstream/preset-schema.ts'

export const resourceUri = z
  .string()
  .refine(
    (uri) => canonicalResourceKey(uri) !== undefined,
    'must be the absolute http(s) URI of an MCP server, without fragment or credentials',
  )

// RFC 6749 §3.3: scope-token
const scopeToken = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'must be a scope without spaces, quotes or backslashes')
const scopes = z.record(scopeToken, scopeText)

// The message does not show the value, in case the operator wrote the secret itself here.
const variableName = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9_]*$/,
    'must be the name of an environment variable, in upper case, not the secret itself',
  )

const resourceServerSchema = z.strictObject({
  resource: resourceUri,
  /** Other URIs that clients name it by. A token for one of them has that one as `aud`. */
  aliases: z.array(resourceUri).optional(),
  name: z.string().min(1).optional(),
  scopes: scopes.optional(),
  defaultScopes: z.array(scopeToken).optional(),
  accessTokenSeconds: z.int().positive().optional(),
  /** Names the environment variable with the secret for POST /introspect; the client id is the resource. */
  introspectionSecretEnv: variableName.optional(),
  /** Claims about the person in its access tokens: names of `access.claims`, or standard claims. */
  tokenClaims: tokenClaims.optional(),
  /** It may exchange its callers' tokens for the upstream's, with these scopes of the upstream. */
  upstreamTokens: z.strictObject({ scopes: z.array(scopeToken) }).optional(),
})

const absoluteUri = z.string().refine(URL.canParse, 'must be an absolute URI')
const clientSchema = z.strictObject({
  client_id: z.string().regex(/^[\x21-\x7E]+$/, 'must be printable ASCII without spaces'),
  client_name: z.string().min(1),
  redirect_uris: z.array(absoluteUri).min(1),
  /** OpenID Connect RP-Initiated Logout 1.0 */
  post_logout_redirect_uris: z.array(absoluteUri).optional(),
  client_uri: z.string().optional(),
  /** For its requests that name no resource, instead of the top-level one. */
  defaultResource: z.string().optional(),
  /** Names the environment variable that holds the client secret. Absent: a public client. */
  clientSecretEnv: variableName.optional(),
  /** For private_key_jwt: the client's public keys, or their URL. */
  jwks: z
    .looseObject({ keys: z.array(z.looseObject({})).min(1) })
    .refine(
      (jwks) => parseKeySet(jwks)?.keys.length,
      `must hold at least one public signing key: ${ACCEPTED_KEYS}`,
    )
    .optional(),
  jwks_uri: z
    .string()
    .refine((uri) => URL.parse(uri)?.protocol === 'https:', 'must be an https URL')
    .optional(),
})

/** RFC 8252 §7.1. Schemes that a browser runs or opens itself do not belong to an app. */
const privateUseUri = z
  .string()
  .regex(
    /^(?!(https?|javascript|vbscript|data|blob|file|about):)[a-z][a-z0-9+.-]*:/i,
    'must be a URI with a scheme of an app, e.g. cursor://…',
  )

const seconds = z.int('must be a whole number of seconds').positive('must be positive')

/** `config/default.json`, with the keys of CONFIG_FILE merged over it. */
export const fileSchema = z.strictObject({
  resourceServers: z.array(resourceServerSchema),
  defaultResource: z.string().nullable(),
  resourceDefaults: z.strictObject({ scopes, defaultScopes: z.array(scopeToken).min(1) }),
  clients: z.array(clientSchema),
  /** Those of well-known clients. A list of its own, because the operator's list would replace it. */
  knownPrivateUseRedirectUris: z.array(privateUseUri),
  privateUseRedirectUris: z.array(privateUseUri),
  registration: z.strictObject({
    mode: z.enum(['open', 'token', 'off'], 'must be open, token or off'),
    /** RFC 7592: each registration gets a token to read, update and delete it. */
    management: z.boolean(),
  }),
  clientDocuments: z
    .strictObject({
      enabled: z.boolean(),
      /** The hosts whose documents are accepted: names or `*.domain`. Empty: all hosts. */
      allowedHosts: z.array(hostName),
      minFreshSeconds: seconds,
      maxFreshSeconds: seconds,
      /** From when tokens were last issued to the client; at least a day longer than `refreshTokenSeconds`. */
      keepSeconds: seconds,
      retrySeconds: seconds,
    })
    .refine(
      (bounds) => bounds.minFreshSeconds <= bounds.maxFreshSeconds,
      'minFreshSeconds must not be greater than maxFreshSeconds',
    ),
  outbound: z.strictObject({
    /** Hosts whose documents and keys may be fetched from private addresses, and from any port. */
    privateHosts: z.array(
      hostName.refine(
        (name) => !name.startsWith('*'),
        'must name each host: *.domain is not supported here',
      ),
    ),
    timeoutSeconds: seconds.max(8, 'must be at most 8, because a request times out after 9'),
  }),
  lifetimes: z.strictObject({
    accessTokenSeconds: seconds,
    authorizationCodeSeconds: seconds,
    clientSeconds: seconds,
    idTokenSeconds: seconds,
    interactionSeconds: seconds,
    loginAttemptSeconds: seconds,
    refreshTokenSeconds: seconds,
    refreshMaxLifetimeSeconds: seconds,
    refreshReuseWindowSeconds: z
      .int('must be a whole number of seconds')
      .min(0, 'must not be negative'),
    sessionSeconds: seconds,
    unusedClientSeconds: seconds,
  }),
  /** Limits on the work that strangers cause; docs/adr/0016-rate-limits.md. */
  limits: limitsSchema,
  /** Addresses that many people share, by the name of who runs them. They lift `perAddress` only. */
  sharedEgress: z.record(z.string(), egressSchema),
  rotateConfidentialRefreshTokens: z.boolean(),
  /** Every response has `iss` (RFC 9207), advertised or not: docs/clients.md */
  advertiseIssParameter: z.boolean('must be true or false'),
  /** `same-origin` breaks websites that sign in through a popup: docs/adr/0021-windows-that-opened-a-page.md */
  crossOriginOpenerPolicy: z.enum(['same-origin', 'unsafe-none']),
  connections: connectionsSchema,
  /** After SIGTERM, how long new connections are still accepted, while /readyz answers 503. */
  shutdownDelaySeconds: stopSeconds,
  /** How long the requests in flight may take after that. */
  drainSeconds: stopSeconds,
  /** For CONSENT=remember: redirect URIs whose response any program on the device could receive. */
  consent: z.strictObject({
    rememberLoopback: z.boolean(),
    rememberPrivateUse: z.boolean(),
    /** Web pages that forward the response to a program on the person's device. */
    forwardingRedirectUris: z.array(z.url({ protocol: /^https$/ })),
  }),
  /** The names that imitations are compared with: docs/consent.md */
  wellKnownClients,
  branding: brandingSchema,
  /** The people who may use each MCP server: docs/access.md */
  access: z.strictObject({ ...accessMembers, claims: claimSources, scopeClaims }),
  /** Events that the upstream may send later. Each other member overrides the preset's (config/upstream). */
  upstream: upstreamOverridesSchema.extend(eventMembers),
  revalidation: z.strictObject(revalidationMembers),
})

export type FileSettings = z.infer<typeof fileSchema>
export type ClientDocumentSettings = FileSettings['clientDocuments']
export type Lifetimes = FileSettings['lifetimes']
export type LimitSettings = Pick<FileSettings, 'limits' | 'sharedEgress'>
