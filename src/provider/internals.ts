// The one file that reaches past oidc-provider's documented API. Each entry says what it relies on, and
// a test holds it, so that an upgrade of the engine that breaks it is seen.
import type { IncomingMessage } from 'node:http'
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
// @ts-expect-error A deep import, which has no declarations: the engine's private state by provider.
import { get as stateOf } from 'oidc-provider/lib/helpers/weak_cache.js'
import type { DpopNonces } from '../crypto/dpop-nonces.ts'

/** The request parameters as the engine has parsed them, before it has judged them. */
export type RequestParameters = Record<string, unknown>

interface ContextPrototype {
  entity(this: { ctx: KoaContextWithOIDC }, key: string, value: unknown): void
}

/**
 * Calls `handle` when a request's parameters are parsed and its client is known: the engine calls
 * `OIDCContext.prototype.entity('Client', client)` then, after query, form or PAR body were read and
 * before scope and resource are checked. It is the only point that all three have in common, and
 * mending the parameters here spares reading the body before the engine does.
 */
export function onClientKnown(
  provider: Provider,
  handle: (ctx: KoaContextWithOIDC, params: RequestParameters) => void,
): void {
  // Cast: `OIDCContext` is a public getter of Provider that the type declarations leave out.
  const { prototype } = (provider as unknown as { OIDCContext: { prototype: ContextPrototype } })
    .OIDCContext
  const { entity } = prototype
  prototype.entity = function entityThenHandle(key, value) {
    entity.call(this, key, value)
    // Cast: the declarations type the parameters of each endpoint apart, and as read-only.
    const { oidc } = this.ctx as unknown as {
      oidc: Record<'params' | 'body', RequestParameters | undefined> & { route: string }
    }
    // A client that pushes is authenticated before the rest of the form becomes parameters.
    const params = oidc.route === 'pushed_authorization_request' ? oidc.body : oidc.params
    if (key === 'Client' && value !== undefined && params) handle(this.ctx, params)
  }
}

/**
 * Lets `normalise` say what the body of a client's update is: the engine calls
 * `entity('RegistrationAccessToken', …)`, then assigns `ctx.oidc.body`, then reads it. What `normalise`
 * throws is the engine's answer.
 */
export function onClientUpdate(
  provider: Provider,
  normalise: (ctx: KoaContextWithOIDC, body: RequestParameters) => unknown,
): void {
  const { prototype } = (provider as unknown as { OIDCContext: { prototype: ContextPrototype } })
    .OIDCContext // Cast: as above
  const { entity } = prototype
  prototype.entity = function entityThenWatch(key, value) {
    entity.call(this, key, value)
    const { ctx } = this
    if (key !== 'RegistrationAccessToken' || ctx.oidc.route !== 'client_update') return
    let body: unknown
    let isNormal = false
    Object.defineProperty(this, 'body', {
      set(parsed: unknown) {
        body = parsed
        isNormal = typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)
      },
      get() {
        if (!isNormal) body = normalise(ctx, body as RequestParameters)
        isNormal = true
        return body
      },
    })
  }
}

/**
 * Ends the engine's reading of a body that is longer, whatever its headers say of it: the engine reads
 * with `for await (… of req.iterator(…))`, and makes its own 400 of what that throws. Reading the body
 * here would make it print a warning.
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

/** The request that this code runs for, from the engine's own AsyncLocalStorage. */
export function currentContext(): KoaContextWithOIDC | undefined {
  return Provider.ctx
}

/** Whether the session of a request has changed since it was stored: the engine's `touched`. */
export function hasUnsavedSession({ oidc }: KoaContextWithOIDC): boolean {
  return (oidc.entities.Session as { touched?: boolean } | undefined)?.touched === true
}

/**
 * Asks `isFirstUse` whether a proof may still be used: the engine calls the static
 * `ReplayDetection.unique(iss, jti, exp)`, whose find and then save lets two at once both be first.
 */
export function detectReplays(
  provider: Provider,
  isFirstUse: (issuer: string, jti: string, expiresAtSeconds: number) => Promise<boolean>,
): void {
  const model = provider.ReplayDetection as unknown as { unique: typeof isFirstUse } // Cast: undeclared
  model.unique = isFirstUse
}

/**
 * Puts `nonces` in the place of the engine's: they are `DPoPNonces` of its private state, and it calls
 * `nextChallenge()` and `checkChallenge(nonce)`.
 */
export function provideDpopNonces(provider: Provider, nonces: DpopNonces): void {
  const state = stateOf(provider) as { DPoPNonces: object } // Cast: the state is not declared
  state.DPoPNonces = { nextChallenge: nonces.next, checkChallenge: nonces.isValid }
}

/**
 * Lets `generate` name refresh tokens: the engine asks `RefreshToken.prototype.generateTokenId` for the
 * id of each new token, which is also the token, right before it saves it.
 */
export function nameRefreshTokens(
  provider: Provider,
  generate: (ctx: KoaContextWithOIDC | undefined) => string,
): void {
  // Cast: a method of the engine's BaseModel that the type declarations leave out.
  const { prototype } = provider.RefreshToken as unknown as {
    prototype: { generateTokenId: () => string }
  }
  prototype.generateTokenId = () => generate(currentContext())
}

/** An error of the engine: it brings it to the client while `allow_redirect` says so. */
export type RedirectableError = Error & { allow_redirect?: boolean }

/** What the engine tells of an error: `error`, `error_description`, `state`, `iss`. */
export type OutgoingError = Readonly<object>

/**
 * Calls `handle` with each error of an authorization request: the engine emits `authorization.error`
 * before it looks at the error's `allow_redirect`.
 */
export function onAuthorizationError(
  provider: Provider,
  handle: (ctx: KoaContextWithOIDC, error: RedirectableError) => void,
): void {
  provider.on('authorization.error', handle)
}

/** Puts `isRegistered` in the place of the engine's rule, `Client.prototype.redirectUriAllowed`. */
export function compareRedirectUris(
  provider: Provider,
  isRegistered: (uri: string, registered: readonly string[]) => boolean,
): void {
  // Cast: a method of the engine's client that the type declarations leave out.
  const { prototype } = provider.Client as unknown as {
    prototype: { redirectUriAllowed(this: { redirectUris: string[] }, uri: string): boolean }
  }
  prototype.redirectUriAllowed = function allowed(uri) {
    return isRegistered(uri, this.redirectUris)
  }
}

/** The client of a request that the engine handles: `ctx.oidc` is there only for those. */
export function findClientId(ctx: object): string | undefined {
  const { oidc } = ctx as { oidc?: { client?: { clientId?: string } } }
  return oidc?.client?.clientId
}

/** Tells the engine what to put before the paths that it links to: it reads `ctx.mountPath`. */
export function setMountPath(ctx: object, path: string): void {
  Object.assign(ctx, { mountPath: path })
}

/**
 * Replaces the body of a registration request with what `normalise` makes of it, and returns that. To be
 * called from `idFactory`: the engine calls it after it has parsed the body into `ctx.oidc.body`, and reads
 * the metadata from there afterwards.
 */
export function replaceRegistrationBody<T extends object>(
  ctx: KoaContextWithOIDC,
  normalise: (body: Readonly<RequestParameters>) => T,
): T {
  const metadata = normalise(ctx.oidc.body ?? {})
  Object.assign(ctx.oidc, { body: { ...metadata } }) // declared as read-only
  return metadata
}
