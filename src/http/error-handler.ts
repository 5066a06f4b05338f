// The one place where an error becomes a status, a body and a log line: a page for a person, OAuth JSON
// (RFC 6749 §5.2) for a client. The engine's errors come here through `renderEngineError`.
import type { Context, Middleware } from 'koa'
import { AppError, findAppError } from '../errors.ts'
import { ROUTES } from '../provider/configuration.ts'
import type { RenderEngineError } from '../provider/create-provider.ts'
import { DPOP_ALGS } from '../provider/dpop-proofs.ts'
import { findEnginePage } from './error-pages.ts'
import { frameOf } from './page-frame.ts'
import { requestState } from './request-log.ts'
import { type MessagePageData, renderMessagePage } from './views/message-page.ts'

const RETRY_AFTER_SECONDS = 5

type Page = Omit<MessagePageData, 'reference'>

interface PageAction {
  readonly label: 'tryAgain' | 'backToClient'
  readonly href: string
  readonly kind: 'primary' | 'secondary'
}

/** A page with ways on; for errors that happen in the middle of a sign-in. */
export class PageError extends Error {
  readonly actions: readonly PageAction[]

  constructor(fault: AppError, actions: readonly PageAction[]) {
    super(fault.message, { cause: fault })
    this.actions = actions
  }
}

export function errorHandler(): Middleware {
  return async function handleErrors(ctx, next) {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw describeMiss(ctx)
    } catch (error) {
      writeError(ctx, error)
    }
    if (ctx.status === 503) ctx.set('Retry-After', String(RETRY_AFTER_SECONDS))
  }
}

/** The routes that are not our router's alone; they match in any case, and with a slash behind. */
const OTHER_METHODS: Readonly<Record<string, string>> = {
  [ROUTES.authorization]: 'GET, POST',
  [ROUTES.jwks]: 'GET, HEAD',
  [ROUTES.pushed_authorization_request]: 'POST',
  [ROUTES.registration]: 'POST',
  [ROUTES.revocation]: 'POST',
  [ROUTES.token]: 'POST',
  '/.well-known/oauth-authorization-server': 'GET, HEAD',
  '/.well-known/openid-configuration': 'GET, HEAD',
}

/** Nothing at the path, or nothing for the method (RFC 9110 §15.5.6). */
function describeMiss(ctx: Context): AppError {
  // @koa/router leaves the routes whose path matched, whatever their method.
  const { matched = [] } = ctx as { matched?: { methods: string[] }[] }
  const methods = matched.flatMap((route) => route.methods).join(', ')
  const allowed = OTHER_METHODS[ctx.path.toLowerCase().replace(/\/$/, '')] ?? methods
  if (allowed === '') return new AppError('not_found')
  ctx.set('Allow', allowed)
  return new AppError('method_not_allowed')
}

function writeError(ctx: Context, error: unknown): void {
  const fault = toAppError(error)
  const state = requestState(ctx)
  ctx.status = fault.status
  ctx.set('Cache-Control', 'no-store')
  const detail = fault.code
  state.fault = { error: fault.error, detail, cause: undefined }
  if (fault.status >= 500) state.log.error({ err: error, code: fault.code }, 'request failed')
  if (fault.challenge) ctx.set('WWW-Authenticate', describeChallenge(fault))
  if (wantsPage(ctx)) {
    writePage(ctx, describeFault(ctx, fault, error instanceof PageError ? error.actions : []))
  } else {
    ctx.body = { error: fault.error, error_description: fault.description }
  }
}

function describeFault(ctx: Context, fault: AppError, actions: readonly PageAction[]): Page {
  const { describeFault: describe, message } = frameOf(ctx).catalogue
  const labelled = actions.map((action) => ({ ...action, label: message[action.label] }))
  return { ...describe(fault), actions: labelled }
}

function toAppError(error: unknown): AppError {
  return findAppError(error) ?? new AppError('internal', { cause: error })
}

/** RFC 6750 §3, §3.1: a request that carried no token is not told of an error. RFC 6749 §5.2: Basic. */
function describeChallenge({ challenge, code, error, description }: AppError): string {
  if (challenge === 'Basic') return 'Basic realm="introspection"'
  const dpop = `DPoP algs="${DPOP_ALGS.join(' ')}"`
  if (code === 'token_missing') return `Bearer, ${dpop}`
  if (challenge === 'DPoP') return `${dpop}, error="${error}", error_description="${description}"`
  const scope = code === 'insufficient_scope' ? ', scope="openid"' : ''
  return `Bearer error="${error}", error_description="${description}"${scope}`
}

/** What a client calls never answers with HTML, whatever it accepts (clients.md §8). */
const CLIENT_PATHS =
  /^\/(token|par|register|revoke|introspect|userinfo|jwks|livez|readyz|\.well-known)(\/|$)/i

function wantsPage(ctx: Context): boolean {
  return !CLIENT_PATHS.test(ctx.path) && ctx.accepts('json', 'html') === 'html'
}

function writePage(ctx: Context, page: Page): void {
  ctx.type = 'html'
  const data = { ...page, reference: requestState(ctx).requestId }
  ctx.body = renderMessagePage(data, frameOf(ctx))
}

/** The engine's `renderError`: what it could not bring to the client's redirect URI. */
export const renderEngineError: RenderEngineError = (ctx, out, error, answer) => {
  if (!wantsPage(ctx)) {
    ctx.body = out
    return
  }
  if (error instanceof Error && error.cause instanceof AppError) {
    writePage(ctx, describeFault(ctx, error.cause, []))
    return
  }
  const { enginePages, message } = frameOf(ctx).catalogue
  const name = error.name === 'SessionNotFound' ? 'expired' : findEnginePage(out.error)
  const { title, message: sentence, nextSteps } = enginePages[name]
  const detail = message.faultDetail(`${out.error_description ?? out.error} (${out.error})`)
  const page = {
    title,
    message: name === 'faulty_request' ? `${sentence} ${detail}` : sentence,
    nextSteps,
    actions: [],
  }
  if (!answer) {
    writePage(ctx, page)
    return
  }
  const wayOn = {
    label: message.goOnTo(answer.host),
    href: answer.href,
    kind: 'secondary',
  } as const
  writePage(ctx, { ...page, nextSteps: [...nextSteps, message.onlyIfKnown], actions: [wayOn] })
}
