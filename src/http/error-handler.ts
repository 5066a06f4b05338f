// The one place where an error becomes a status, a body and a log line: a page for a person, OAuth JSON
// (RFC 6749 §5.2) for a client. The engine's errors come here through `renderEngineError`.
import type { Context, Middleware } from 'koa'
import { AppError } from '../errors.ts'
import { type RenderError, ROUTES } from '../provider/configuration.ts'
import { requestState } from './request-log.ts'
import { type MessagePageData, renderMessagePage } from './views/message-page.ts'

const RETRY_AFTER_SECONDS = 5

type PageAction = MessagePageData['actions'][number]

/** A page with ways on; for errors that happen in the middle of a sign-in. */
export class PageError extends Error {
  readonly fault: AppError
  readonly actions: readonly PageAction[]

  constructor(fault: AppError, actions: readonly PageAction[]) {
    super(fault.message, { cause: fault })
    this.fault = fault
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

function describeMiss(ctx: Context): AppError {
  // @koa/router leaves the routes whose path matched, whatever their method.
  const { matched = [] } = ctx as { matched?: unknown[] }
  const isKnown = matched.length > 0 || Object.values<string>(ROUTES).includes(ctx.path)
  return new AppError(isKnown ? 'method_not_allowed' : 'not_found')
}

function writeError(ctx: Context, error: unknown): void {
  const fault = toAppError(error)
  const state = requestState(ctx)
  ctx.status = fault.status
  ctx.set('Cache-Control', 'no-store')
  const detail = fault.code
  state.fault = { error: fault.error, detail, cause: undefined }
  if (fault.status >= 500) state.log.error({ err: error, code: fault.code }, 'request failed')
  if (fault.status === 401) ctx.set('WWW-Authenticate', challenge(fault))
  if (wantsPage(ctx)) {
    writePage(ctx, {
      title: TITLES[fault.code] ?? 'This did not work',
      message: fault.description,
      nextSteps: fault.nextSteps,
      actions: error instanceof PageError ? error.actions : [],
    })
  } else {
    ctx.body = { error: fault.error, error_description: fault.description }
  }
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof PageError) return error.fault
  // The storage adapter wraps ours into the engine's, which may surface here again.
  if (error instanceof Error && error.cause instanceof AppError) return error.cause
  return new AppError('internal', { cause: error })
}

/** RFC 6750 §3 */
function challenge(fault: AppError): string {
  return `Bearer error="${fault.error}", error_description="${fault.description}"`
}

const TITLES: Partial<Record<AppError['code'], string>> = {
  not_found: 'Nothing here',
  interaction_expired: 'This sign-in is over',
  login_attempt_foreign: 'This sign-in belongs to another browser',
  login_attempt_spent: 'This sign-in is over',
  store_unavailable: 'Back in a moment',
  upstream_denied: 'You were not signed in',
  upstream_unavailable: 'The sign-in service is away',
}

/** What a client calls never answers with HTML, whatever it accepts (clients.md §8). */
const CLIENT_PATHS =
  /^\/(token|register|revoke|introspect|userinfo|jwks|livez|readyz|\.well-known)(\/|$)/

function wantsPage(ctx: Context): boolean {
  return !CLIENT_PATHS.test(ctx.path) && ctx.accepts('json', 'html') === 'html'
}

function writePage(ctx: Context, page: Omit<MessagePageData, 'reference'>): void {
  ctx.type = 'html'
  ctx.body = renderMessagePage({ ...page, reference: requestState(ctx).requestId })
}

interface EnginePage {
  readonly title: string
  readonly message: string
  readonly nextSteps: readonly string[]
}

const UNKNOWN_CLIENT: EnginePage = {
  title: 'This client is not known here',
  message:
    'The client that sent you here is not registered with this server, or its registration has expired.',
  nextSteps: [
    'In your MCP client, remove this MCP server and add it again: it will register anew.',
    'If it still fails, clear the stored sign-in of that client.',
  ],
}

const ENGINE_PAGES: Readonly<Record<string, EnginePage>> = {
  invalid_client: UNKNOWN_CLIENT,
  invalid_redirect_uri: {
    title: 'The answer would go to an unknown address',
    message:
      'The client asked for the answer at an address that it has not registered. Nothing was sent.',
    nextSteps: ['In your MCP client, remove this MCP server and add it again.'],
  },
  temporarily_unavailable: {
    title: 'Back in a moment',
    message: 'The server cannot reach its storage at the moment. Nothing is lost.',
    nextSteps: ['Try again in a minute.'],
  },
  server_error: {
    title: 'This did not work',
    message: 'Something went wrong on this server.',
    nextSteps: ['Try again.', 'If it lasts, give the reference below to the people who run it.'],
  },
}

const EXPIRED_PAGE: EnginePage = {
  title: 'This sign-in is over',
  message: 'It was finished already, took too long, or its cookies are missing.',
  nextSteps: [
    'Go back to your MCP client and start the sign-in again.',
    'Allow cookies for this site if your browser blocks them.',
  ],
}

const BAD_REQUEST_PAGE: EnginePage = {
  title: 'The client sent a faulty request',
  message: 'The client that sent you here asked for something that this server cannot answer.',
  nextSteps: [
    'Start again from your MCP client.',
    'If it lasts, report it to the makers of the client.',
  ],
}

/** The engine's `renderError`: what it could not bring to the client's redirect URI. */
export const renderEngineError: RenderError = (ctx, out, error) => {
  if (!wantsPage(ctx)) {
    ctx.body = out
    return
  }
  const isExpired = error.name === 'SessionNotFound'
  const page = isExpired ? EXPIRED_PAGE : (ENGINE_PAGES[out.error] ?? BAD_REQUEST_PAGE)
  const detail =
    page === BAD_REQUEST_PAGE ? `${out.error}: ${out.error_description ?? ''}` : undefined
  writePage(ctx, {
    ...page,
    message: detail === undefined ? page.message : `${page.message} (${detail})`,
    actions: [],
  })
}
