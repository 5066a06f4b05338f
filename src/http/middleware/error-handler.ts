// The only place that turns an error into a status, a body and a log line: a page for a person, OAuth JSON
// (RFC 6749 §5.2) for a client. The engine passes its errors to `renderEngineError`.
import type { Context, Middleware } from 'koa'
import { AppError, findAppError } from '../../errors.ts'
import type { RenderEngineError } from '../../provider/create-provider.ts'
import { formatChallenge } from '../challenges.ts'
import { createPageFrame } from '../page-frame.ts'
import { requestState } from '../request-state.ts'
import { callerOf } from '../routes.ts'
import { toEnginePageName } from '../views/error-pages.ts'
import { type MessagePageData, renderMessagePage } from '../views/message-page.ts'

const RETRY_AFTER_SECONDS = 5

type Page = Omit<MessagePageData, 'reference'>

interface PageAction {
  readonly label: 'tryAgain' | 'backToClient'
  readonly href: string
  readonly kind: 'primary' | 'secondary'
}

/** An error in the middle of a sign-in, whose page offers ways to go on. */
export class PageError extends Error {
  readonly actions: readonly PageAction[]

  constructor(fault: AppError, actions: readonly PageAction[]) {
    super(fault.message, { cause: fault })
    this.actions = actions
  }
}

/** For `catch`: the error page links to `href`, to try again. A bug stays as it is. */
export function offerRetryAt(href: string): (error: unknown) => never {
  return (error) => {
    const fault = findAppError(error)
    if (!fault) throw error
    throw new PageError(fault, [{ label: 'tryAgain', href, kind: 'primary' }])
  }
}

export function errorHandler(): Middleware {
  return async function handleErrors(ctx, next) {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new AppError('not_found')
    } catch (error) {
      writeError(ctx, error)
    }
    if (ctx.status === 503 && !ctx.res.hasHeader('Retry-After')) {
      ctx.set('Retry-After', String(RETRY_AFTER_SECONDS))
    }
  }
}

function writeError(ctx: Context, error: unknown): void {
  const fault = toAppError(error)
  const state = requestState(ctx)
  ctx.status = fault.status
  ctx.set('Cache-Control', 'no-store')
  const detail = fault.code
  state.fault = { error: fault.error, detail, cause: undefined }
  // admission.ts logs once that requests are refused: an error for each would fill the log.
  if (fault.status >= 500 && fault.code !== 'overloaded') {
    state.log.error({ err: error, code: fault.code }, 'request failed')
  }
  if (fault.retryAfterSeconds) ctx.set('Retry-After', String(fault.retryAfterSeconds))
  // It belongs to the answer that this one replaces.
  if (fault.status === 429) ctx.remove('WWW-Authenticate')
  if (fault.challenge) ctx.set('WWW-Authenticate', formatChallenge(fault))
  if (wantsPage(ctx)) {
    writePage(ctx, createFaultPage(ctx, fault, error instanceof PageError ? error.actions : []))
  } else {
    ctx.body = { error: fault.error, error_description: fault.description }
  }
}

function createFaultPage(ctx: Context, fault: AppError, actions: readonly PageAction[]): Page {
  const { describeFault, message } = createPageFrame(ctx).catalogue
  const labelled = actions.map((action) => ({ ...action, label: message[action.label] }))
  return { ...describeFault(fault), actions: labelled }
}

function toAppError(error: unknown): AppError {
  return findAppError(error) ?? new AppError('internal', { cause: error })
}

/** Clients and probes never get HTML, whatever their Accept header says. */
function wantsPage(ctx: Context): boolean {
  const caller = callerOf(ctx.path) ?? 'person'
  return caller === 'person' && ctx.accepts('json', 'html') === 'html'
}

function writePage(ctx: Context, page: Page): void {
  ctx.type = 'html'
  const data = { ...page, reference: requestState(ctx).requestId }
  ctx.body = renderMessagePage(data, createPageFrame(ctx))
}

/** The engine's `renderError`: writes an error that is not redirected to the client. */
export const renderEngineError: RenderEngineError = (ctx, out, error, redirect) => {
  if (!wantsPage(ctx)) {
    ctx.body = out
    return
  }
  if (error instanceof Error && error.cause instanceof AppError) {
    writePage(ctx, createFaultPage(ctx, error.cause, []))
    return
  }
  const { enginePages, message } = createPageFrame(ctx).catalogue
  const name = error.name === 'SessionNotFound' ? 'expired' : toEnginePageName(out.error)
  const { title, message: sentence, nextSteps } = enginePages[name]
  const detail = message.faultDetail(`${out.error_description ?? out.error} (${out.error})`)
  const { fault } = requestState(ctx)
  const page = {
    title,
    message: ['faulty_request', 'invalid_target'].includes(name)
      ? `${sentence} ${detail}`
      : sentence,
    ...(fault?.target ? { target: fault.target } : {}),
    nextSteps,
    actions: [],
  }
  if (!redirect) {
    writePage(ctx, page)
    return
  }
  const { host, href } = redirect
  const action = { label: message.goOnTo(host), href, kind: 'secondary' } as const
  writePage(ctx, { ...page, nextSteps: [...nextSteps, message.onlyIfKnown], actions: [action] })
}
