// The one place where an error becomes a status, a body and a log line: a page for a person, OAuth JSON
// (RFC 6749 §5.2) for a client. The engine's errors come here through `renderEngineError`.
import type { Context, Middleware } from 'koa'
import { AppError, findAppError } from '../../errors.ts'
import type { RenderEngineError } from '../../provider/create-provider.ts'
import { formatChallenge } from '../challenges.ts'
import { frameOf } from '../page-frame.ts'
import { requestState } from '../request-state.ts'
import { callerOf } from '../routes.ts'
import { findEnginePage } from '../views/error-pages.ts'
import { type MessagePageData, renderMessagePage } from '../views/message-page.ts'

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
      if (ctx.status === 404 && ctx.body === undefined) throw new AppError('not_found')
    } catch (error) {
      writeError(ctx, error)
    }
    if (ctx.status === 503) ctx.set('Retry-After', String(RETRY_AFTER_SECONDS))
  }
}

function writeError(ctx: Context, error: unknown): void {
  const fault = toAppError(error)
  const state = requestState(ctx)
  ctx.status = fault.status
  ctx.set('Cache-Control', 'no-store')
  const detail = fault.code
  state.fault = { error: fault.error, detail, cause: undefined }
  if (fault.status >= 500) state.log.error({ err: error, code: fault.code }, 'request failed')
  if (fault.challenge) ctx.set('WWW-Authenticate', formatChallenge(fault))
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

/** A client or a probe never gets HTML, whatever it accepts. */
function wantsPage(ctx: Context): boolean {
  const caller = callerOf(ctx.path) ?? 'person'
  return caller === 'person' && ctx.accepts('json', 'html') === 'html'
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
