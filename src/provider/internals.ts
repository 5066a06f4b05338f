// The fence around oidc-provider ("the engine"): everything that relies on more than its documentation and type
// declarations. `checkEngine` refuses to start on an engine whose members changed, and
// test/integration/engine-fence.test.ts shows for each that we notice when the engine stops calling it.
import type { IncomingMessage } from 'node:http'
import {
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  type Grant,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'
// @ts-expect-error A deep import, which has no declarations: the request that runs, as an AsyncLocalStorage.
import requests from 'oidc-provider/lib/helpers/als.js'
// @ts-expect-error A deep import, which has no declarations: what the engine registers its routes with.
import Router from 'oidc-provider/lib/helpers/router.js'
// @ts-expect-error A deep import, which has no declarations: the engine's private state, by provider.
import { get as stateOf } from 'oidc-provider/lib/helpers/weak_cache.js'
import engine from 'oidc-provider/package.json' with { type: 'json' }
import type { DpopNonces } from '../crypto/dpop-nonces.ts'
import type { EngineModel } from '../records/record-values.ts'

/** The request parameters as the engine parsed them, before it judges them. */
export type RequestParameters = Record<string, unknown>

type EntityMethod = (this: { ctx: KoaContextWithOIDC }, key: string, value: unknown) => void
type WrappedEntity = (
  context: ThisParameterType<EntityMethod>,
  call: { readonly key: string; readonly value: unknown; readonly proceed: () => void },
) => void

/** The members of the engine that its declarations leave out. */
interface Undeclared {
  readonly OIDCContext: { new (ctx: object): object; readonly prototype: { entity: EntityMethod } }
  readonly Client: {
    readonly prototype: {
      redirectUriAllowed(this: { redirectUris: string[] }, uri: string): boolean
    }
  }
  readonly RefreshToken: {
    readonly prototype: { generateTokenId(this: { readonly grantId?: unknown }): string }
  }
  readonly Session: { readonly IN_PAYLOAD: readonly string[] }
  readonly ReplayDetection: { unique: ReplayCheck }
}

type ReplayCheck = (issuer: string, jti: string, expiresAtSeconds: number) => Promise<boolean>

const undeclared = (provider: Provider) => provider as unknown as Undeclared // Cast: see Undeclared

const ENDPOINTS = [
  'authorization',
  'resume',
  'token',
  'pushed_authorization_request',
  'revocation',
  'client_update',
] as const

/** The endpoint that the engine handles a request at, in its own names. */
export type Endpoint = (typeof ENDPOINTS)[number]

/**
 * `checkEngine` looks for these members, which we replace or read, and for routes that we tell apart by name. Only the
 * tests can tell how the engine uses them.
 */
const MEMBERS: Readonly<Record<string, (provider: Provider) => boolean>> = {
  'OIDCContext.prototype.entity': (provider) =>
    isFunction(undeclared(provider).OIDCContext?.prototype?.entity),
  'Client.prototype.redirectUriAllowed': (provider) =>
    isFunction(undeclared(provider).Client?.prototype?.redirectUriAllowed),
  'RefreshToken.prototype.generateTokenId': (provider) =>
    isFunction(undeclared(provider).RefreshToken?.prototype?.generateTokenId),
  'Session.IN_PAYLOAD': (provider) => Array.isArray(undeclared(provider).Session?.IN_PAYLOAD),
  'ReplayDetection.unique': (provider) => isFunction(undeclared(provider).ReplayDetection?.unique),
  'Provider.ctx': () => 'ctx' in Provider,
  'configuration and responseModes of the private state': (provider) =>
    readCapabilities(provider).grantTypes.length > 0,
  'features.dPoP of the private state': (provider) =>
    stateOf(provider)?.features?.dPoP?.enabled === true,
}

/** The abilities of the engine, as configured and extended: RFC 8414 metadata must say the same. */
export interface Capabilities {
  readonly grantTypes: readonly string[]
  readonly responseTypes: readonly string[]
  readonly responseModes: readonly string[]
  readonly clientAuthMethods: readonly string[]
  readonly idTokenSigningAlgs: readonly string[]
  readonly subjectTypes: readonly string[]
}

/** Reads it anew, because `registerGrantType` adds to it. @throws TypeError if the private state has another shape */
export function readCapabilities(provider: Provider): Capabilities {
  const { configuration, grantTypeHandlers, responseModes } = stateOf(provider)
  return {
    grantTypes: [...grantTypeHandlers.keys()],
    responseTypes: [...configuration.responseTypes],
    responseModes: [...responseModes.keys()],
    clientAuthMethods: [...configuration.clientAuthMethods],
    idTokenSigningAlgs: [...configuration.idTokenSigningAlgValues],
    subjectTypes: [...configuration.subjectTypes],
  }
}

const REINSTALL = 'install the version of package-lock.json'

const isFunction = (value: unknown) => typeof value === 'function'

/** The engine has `client_update` only if clients may manage their registration. */
function routesOf(provider: Provider): readonly Endpoint[] {
  const isManaged = stateOf(provider)?.features?.registrationManagement?.enabled === true
  return ENDPOINTS.filter((name) => name !== 'client_update' || isManaged)
}

function hasRoute(provider: Provider, name: Endpoint): boolean {
  try {
    return provider.pathFor(name, { uid: 'x', clientId: 'x' }) !== ''
  } catch {
    return false
  }
}

/** @throws Error that names the engine's version and each member that is missing or has another shape */
export function checkEngine(provider: Provider): void {
  const missing = [
    ...Object.keys(MEMBERS).filter((name) => !MEMBERS[name]?.(provider)),
    ...routesOf(provider)
      .filter((name) => !hasRoute(provider, name))
      .map((name) => `the route ${name}`),
  ]
  if (missing.length === 0) return
  throw new Error(`oidc-provider ${engine.version} lacks ${missing.join(', ')}: ${REINSTALL}`)
}

type Step = (ctx: { oidc?: object }, next: () => Promise<void>) => unknown
type RegisterRoute = (name: string, path: string, ...steps: Step[]) => unknown
const ROUTE_METHODS = ['get', 'post', 'put', 'delete', 'options'] as const

/**
 * An engine that sets `ctx.oidc` as a plain property. The first step of its routes defines an accessor instead, of which
 * V8 makes a slow object: a refresh then takes a seventh more CPU, and every property of the request is slower.
 * @throws Error if that step is not where it was
 */
export function createPlainContextProvider(issuer: string, configuration: Configuration): Provider {
  let contextOf: (ctx: object) => object
  const setContext: Step = (ctx, next) => {
    ctx.oidc = contextOf(ctx)
    return requests.run(ctx, next)
  }
  const prototype = Router.prototype as Record<(typeof ROUTE_METHODS)[number], RegisterRoute> // Cast: as above
  const { get, post, put, delete: remove, options } = prototype
  for (const method of ROUTE_METHODS) {
    const register = prototype[method]
    prototype[method] = function registerRoute(name, path, first, ...steps) {
      if (first?.name !== 'ensureOIDC') {
        throw new Error(`oidc-provider ${engine.version} has other routes: ${REINSTALL}`)
      }
      return register.call(this, name, path, setContext, ...steps)
    }
  }
  try {
    const provider = new Provider(issuer, configuration)
    const { OIDCContext } = undeclared(provider)
    contextOf = (ctx) => new OIDCContext(ctx)
    return provider
  } finally {
    Object.assign(prototype, { get, post, put, delete: remove, options })
  }
}

/** The request that this code runs for, from the engine's own AsyncLocalStorage. */
export function currentContext(): KoaContextWithOIDC | undefined {
  return Provider.ctx
}

/** Reads `ctx.oidc.route`; `ctx.oidc` is there only if one of the engine's routes matched. Undefined: another one. */
export function endpointOf(ctx: object): Endpoint | undefined {
  const { oidc } = ctx as { oidc?: { route?: string } } // Cast: declared as always there
  return ENDPOINTS.find((name) => name === oidc?.route)
}

/** Whether a person opened this request in a browser, and reads its errors. */
export function isOpenedByPerson(ctx: object): boolean {
  const endpoint = endpointOf(ctx)
  return endpoint === 'authorization' || endpoint === 'resume'
}

/** The client of a request that the engine handles. */
export function findClientId(ctx: object): string | undefined {
  const { oidc } = ctx as { oidc?: { client?: { clientId?: string } } } // Cast: as in endpointOf
  return oidc?.client?.clientId
}

/** Tells the engine what to put before the paths that it links to: it reads `ctx.mountPath`. */
export function setMountPath(ctx: object, path: string): void {
  Object.assign(ctx, { mountPath: path })
}

/** The engine calls `OIDCContext.prototype.entity` with each client, token and interaction of a request. */
function wrapEntity(provider: Provider, wrapped: WrappedEntity): void {
  const { prototype } = undeclared(provider).OIDCContext
  const { entity } = prototype
  prototype.entity = function entityOfRequest(key, value) {
    wrapped(this, { key, value, proceed: () => entity.call(this, key, value) })
  }
}

/**
 * Calls `handle` when a request's parameters are parsed and its client is known: the engine then calls
 * `OIDCContext.prototype.entity('Client', client)`, after it read the query, form or PAR body and before it
 * checks scope and resource. No other point is common to all three, and changing the parameters here saves
 * reading the body ahead of the engine.
 */
export function onClientKnown(
  provider: Provider,
  handle: (ctx: KoaContextWithOIDC, params: RequestParameters) => void,
): void {
  wrapEntity(provider, ({ ctx }, { key, value, proceed }) => {
    proceed()
    // Cast: the declarations type the parameters of each endpoint apart, and as read-only.
    const { oidc } = ctx as unknown as {
      oidc: Record<'params' | 'body', RequestParameters | undefined>
    }
    // A client that pushes is authenticated before the rest of the form becomes parameters.
    const isPush = endpointOf(ctx) === 'pushed_authorization_request'
    const params = isPush ? oidc.body : oidc.params
    if (key === 'Client' && value !== undefined && params) handle(ctx, params)
  })
}

/**
 * Keeps the engine from redirecting an error to where the raw query says. If an authorization request fails before
 * its parameters are parsed, or restored from its interaction, the engine's error handler takes them from the
 * query: it calls `entity('Client', …)` with the client of that query, and redirects to it. Without a client, it
 * renders the error.
 */
export function ignoreClientOfRawQuery(provider: Provider): void {
  wrapEntity(provider, ({ ctx }, { key, proceed }) => {
    const isOfRawQuery = isOpenedByPerson(ctx) && ctx.oidc.params === undefined
    if (key !== 'Client' || !isOfRawQuery) proceed()
  })
}

/**
 * Calls `handle` with the uid of the interaction that a request resumes: the engine calls
 * `entity('Interaction', interaction)` with the one that its cookie names, before it reads its result. If `handle`
 * throws an error of the engine's, that is rendered. A second interaction of the request is a new one.
 */
export function onInteractionResumed(
  provider: Provider,
  handle: (ctx: KoaContextWithOIDC, uid: string) => void,
): void {
  wrapEntity(provider, ({ ctx }, { key, value, proceed }) => {
    const isFirst = ctx.oidc.entities.Interaction === undefined
    if (key === 'Interaction' && isFirst && endpointOf(ctx) === 'resume') {
      const { uid } = value as { uid?: unknown } // Cast: an Interaction
      handle(ctx, requireText(uid, 'uid of an interaction'))
    }
    proceed()
  })
}

/**
 * Lets `normalise` replace the body of a client update: the engine calls
 * `entity('RegistrationAccessToken', …)`, then assigns `ctx.oidc.body`, then reads it. If `normalise` throws,
 * the engine answers with that error.
 */
export function onClientUpdate(
  provider: Provider,
  normalise: (ctx: KoaContextWithOIDC, body: RequestParameters) => unknown,
): void {
  wrapEntity(provider, (context, { key, proceed }) => {
    proceed()
    const { ctx } = context
    if (key !== 'RegistrationAccessToken' || endpointOf(ctx) !== 'client_update') return
    let body: unknown
    let isNormal = false
    Object.defineProperty(context, 'body', {
      set(parsed: unknown) {
        body = parsed
        isNormal = typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)
      },
      get() {
        if (!isNormal) body = normalise(ctx, body as RequestParameters) // Cast: an object, see `set`
        isNormal = true
        return body
      },
    })
  })
}

/**
 * Ends the engine's reading of a body that exceeds the limit, whatever its headers say: the engine reads with
 * `for await (… of req.iterator(…))`, and makes a 400 of what that throws. Reading the body ahead of the engine
 * would make it print a warning.
 */
export function limitBody(req: IncomingMessage, limitBytes: number): { isExceeded(): boolean } {
  const iterate = req.iterator
  let receivedBytes = 0
  req.iterator = async function* bounded(options) {
    for await (const chunk of iterate.call(req, options)) {
      receivedBytes += chunk.length
      if (receivedBytes > limitBytes) throw new Error(`the body is above ${limitBytes} bytes`)
      yield chunk
    }
    return undefined
  }
  return { isExceeded: () => receivedBytes > limitBytes }
}

/**
 * Asks `isFirstUse` whether a proof may still be used: the engine calls the static
 * `ReplayDetection.unique(iss, jti, exp)`, whose find-then-save would let two concurrent uses both be first.
 */
export function overrideReplayDetection(provider: Provider, isFirstUse: ReplayCheck): void {
  undeclared(provider).ReplayDetection.unique = isFirstUse
}

/**
 * Replaces the engine's DPoP nonces, which know one secret only: they are `DPoPNonces` of its private state, and
 * it calls `nextChallenge()` and `checkChallenge(nonce)`.
 */
export function overrideDpopNonces(provider: Provider, nonces: DpopNonces): void {
  const state = stateOf(provider) as { DPoPNonces: object } // Cast: the state is not declared
  state.DPoPNonces = { nextChallenge: nonces.next, checkChallenge: nonces.isValid }
}

/**
 * Lets `generate` name refresh tokens: the engine calls `RefreshToken.prototype.generateTokenId` for the id of
 * each new token, which is the token itself, right before it saves it.
 */
export function overrideRefreshTokenIds(
  provider: Provider,
  generate: (ctx: KoaContextWithOIDC | undefined, grantId: string) => string,
): void {
  undeclared(provider).RefreshToken.prototype.generateTokenId = function generateId() {
    return generate(currentContext(), requireText(this.grantId, 'grantId of a refresh token'))
  }
}

/** A browser session with a number that the engine keeps for us (domain/access/liveness.ts). */
export type SessionWithGeneration = Session & { sessionGeneration?: number | undefined }
type Session = Awaited<ReturnType<Provider['Session']['get']>>

/** Makes the engine keep `sessionGeneration` in sessions: it drops members that `Session.IN_PAYLOAD` does not list. */
export function keepSessionGenerations(provider: Provider): void {
  const { Session } = undeclared(provider)
  const names = [...Session.IN_PAYLOAD, 'sessionGeneration']
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => names })
}

/** Replaces the engine's comparison of redirect URIs, `Client.prototype.redirectUriAllowed`. */
export function overrideRedirectUriComparison(
  provider: Provider,
  isRegistered: (uri: string, registered: readonly string[]) => boolean,
): void {
  undeclared(provider).Client.prototype.redirectUriAllowed = function allowed(uri) {
    return isRegistered(uri, this.redirectUris)
  }
}

/** An error of an authorization request; the engine sends it to the client while `allow_redirect` is true. */
export type RedirectableError = Error & { allow_redirect?: boolean }

/** Makes the engine answer with a page. */
export function withoutRedirect(error: RedirectableError): Error {
  return Object.assign(error, { allow_redirect: false })
}

/** The parameters that the engine would send to the client: `error`, `error_description`, `state`, `iss`. */
export type OutgoingError = Readonly<object>

/**
 * Calls `handle` with each error of an authorization request: the engine emits `authorization.error` before it
 * reads the error's `allow_redirect`.
 */
export function onAuthorizationError(
  provider: Provider,
  handle: (ctx: KoaContextWithOIDC, error: RedirectableError) => void,
): void {
  provider.on('authorization.error', handle)
}

/** Status and detail of an error of the engine's; a detail is text for the log. */
export function readEngineError(error: Error): { status: number; detail: string | undefined } {
  // Cast: neither member is declared for every error.
  const { error_detail: detail, status = 500 } = error as Error & {
    error_detail?: unknown
    status?: number
  }
  return { status, detail: typeof detail === 'string' ? detail : undefined }
}

/** A Grant with an id from the start, so that it can be saved together with what refers to it. */
export function createGrantWithId(
  ctx: KoaContextWithOIDC,
  properties: { id: string; accountId: string; clientId: string },
): Grant {
  const { id, ...rest } = properties
  const grant = new ctx.oidc.provider.Grant(rest)
  // The engine generates an id in `save` only if `jti` is absent.
  grant.jti = id
  return grant
}

/** Whether the Grant of this request is one that was saved: the engine puts an empty one there otherwise. */
export function hasSavedGrant({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.entities.Grant?.jti !== undefined
}

/** Our record as the engine's payload, which it validates itself. */
export function toPayload(record: EngineModel): AdapterPayload
export function toPayload(record: EngineModel | undefined): AdapterPayload | undefined
export function toPayload(record: EngineModel | undefined): AdapterPayload | undefined {
  return record as AdapterPayload | undefined // Cast: the declarations list every member of every model
}

/** A code, token or the like that a grant type redeems, with the members that all kinds have. */
export function toTokenSource(model: object): {
  grantId: string
  resource: string | readonly string[] | undefined
  scopes: readonly string[]
} {
  // Cast: the declarations have no common type of codes, refresh tokens and others.
  const { grantId, resource, scopes } = model as {
    grantId?: unknown
    resource?: string | readonly string[]
    scopes: Iterable<string>
  }
  return {
    grantId: requireText(grantId, 'grantId of what is redeemed'),
    resource,
    scopes: [...scopes].filter((scope) => scope !== ''),
  }
}

/** Metadata of a client whose `client_id` the caller or the engine adds. */
export function asClientMetadata(metadata: Readonly<Record<string, unknown>>): ClientMetadata {
  return metadata as unknown as ClientMetadata // Cast: client_id is declared as always there
}

/** A value that the engine always provides. @throws TypeError if it does not */
export function requireText(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`the engine provides no ${what}`)
}

/** As requireText. @throws TypeError */
export function requireNumber(value: unknown, what: string): number {
  if (typeof value === 'number') return value
  throw new TypeError(`the engine provides no ${what}`)
}

/**
 * Replaces the body of a registration request with normalised metadata, and returns that. Call it in
 * `idFactory`, which the engine calls after it parsed the body into `ctx.oidc.body` and before it reads the
 * metadata from there.
 */
export function replaceRegistrationBody<T extends object>(
  ctx: KoaContextWithOIDC,
  normalise: (body: Readonly<RequestParameters>) => T,
): T {
  const metadata = normalise(ctx.oidc.body ?? {})
  Object.assign(ctx.oidc, { body: { ...metadata } }) // declared as read-only
  return metadata
}
