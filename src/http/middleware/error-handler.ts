// The only place that turns an error into a status, a body and a log line: a page for a person, OAuth JSON
// (RFC 6749 §5.2) for a client. The engine passes its errors to `renderEngineError`.
import type { Context, Middleware } from 'koa'
import { AppError, findAppError } from '../../errors.ts'
import type { RenderEngineError } from '../../provider/create-provider.ts'
import {
  ENGINE_SYMPTOMS,
  FAULT_SYMPTOMS,
  helpFor,
  RESOURCE_NOT_NAMED,
  type Symptom,
} from '../../symptoms.ts'
import { formatChallenge } from '../challenges.ts'
import { createPageFrame } from '../page-frame.ts'
import { createIncident, requestState } from '../request-state.ts'
import { callerOf } from '../routes.ts'
import type { Action } from '../views/message-page.ts'
import type { Target } from '../views/problems/incident.ts'
import { type ProblemPageData, renderProblemPage } from '../views/problems/problem-page.ts'

const RETRY_AFTER_SECONDS = 5

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
    const hint = helpFor(FAULT_SYMPTOMS[fault.code])
    state.log.error({ err: error, code: fault.code, hint }, 'request failed')
  }
  if (fault.retryAfterSeconds) ctx.set('Retry-After', String(fault.retryAfterSeconds))
  // It belongs to the answer that this one replaces.
  if (fault.status === 429) ctx.remove('WWW-Authenticate')
  if (fault.challenge) ctx.set('WWW-Authenticate', formatChallenge(fault))
  if (wantsPage(ctx)) {
    writeFaultPage(ctx, fault, error instanceof PageError ? error.actions : [])
  } else {
    ctx.body = { error: fault.error, error_description: fault.description }
  }
}

function writeFaultPage(ctx: Context, fault: AppError, given: readonly PageAction[]): void {
  const { message } = createPageFrame(ctx).catalogue
  const actions = given.length > 0 ? given : offerReload(ctx)
  const incident = createIncident(ctx, {
    symptom: FAULT_SYMPTOMS[fault.code],
    error: `${fault.error}: ${fault.description}`,
  })
  const labelled = actions.map((action) => ({ ...action, label: message[action.label] }))
  writePage(ctx, { incident, actions: labelled })
}

/** While the server cannot answer, the same request may succeed later. The link has no address: browsers take the page's own. */
function offerReload(ctx: Context): readonly PageAction[] {
  const mayRepeat = ctx.method === 'GET' && [429, 503].includes(ctx.status)
  return mayRepeat ? [{ label: 'tryAgain', href: '', kind: 'primary' }] : []
}

function toAppError(error: unknown): AppError {
  return findAppError(error) ?? new AppError('internal', { cause: error })
}

/** Clients and probes never get HTML, whatever their Accept header says. */
function wantsPage(ctx: Context): boolean {
  const caller = callerOf(ctx.path) ?? 'person'
  return caller === 'person' && ctx.accepts('json', 'html') === 'html'
}

function writePage(ctx: Context, page: ProblemPageData): void {
  ctx.type = 'html'
  ctx.body = renderProblemPage(page, createPageFrame(ctx))
}

/** The engine's `renderError`: writes an error that is not redirected to the client. */
export const renderEngineError: RenderEngineError = (ctx, out, error, redirect) => {
  if (!wantsPage(ctx)) {
    ctx.body = out
    return
  }
  if (error instanceof Error && error.cause instanceof AppError) {
    writeFaultPage(ctx, error.cause, [])
    return
  }
  const { message } = createPageFrame(ctx).catalogue
  const target = requestState(ctx).fault?.target
  const incident = createIncident(ctx, {
    symptom: symptomOf(out.error, error, target),
    error: [out.error, out.error_description].filter(Boolean).join(': '),
    target,
  })
  const actions: Action[] = []
  if (redirect) {
    const { host, href } = redirect
    actions.push({ label: message.goOnTo(host), href, kind: 'secondary' })
  }
  writePage(ctx, { incident, actions, leadsToStranger: redirect !== undefined })
}

function symptomOf(error: string, { name }: Error, target: Target | undefined): Symptom {
  if (name === 'SessionNotFound') return FAULT_SYMPTOMS.interaction_expired
  if (target && target.requested.length !== 1) return RESOURCE_NOT_NAMED
  const known: Readonly<Record<string, Symptom>> = ENGINE_SYMPTOMS
  return Object.hasOwn(known, error) && known[error] ? known[error] : FAULT_SYMPTOMS.invalid_body
}
