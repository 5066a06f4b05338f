// One log line per request: method, route, client id, sender, status, duration. Path, query, cookies and
// body are never logged: they carry codes, states and interaction ids.
import type { Context, Middleware } from 'koa'
import type { AccessRefusal } from '../../domain/access/access-policy.ts'
import type { AccessEvent } from '../../domain/access/end-access.ts'
import { type AppError, findAppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { EngineFault, Revocation } from '../../provider/create-provider.ts'
import { findClientId } from '../../provider/internals.ts'
import type { ExchangeEvent } from '../../provider/tokens/token-exchange.ts'
import type { TokenEvent } from '../../provider/tokens/token-issuance.ts'
import { FAULT_SYMPTOMS, helpFor } from '../../symptoms.ts'
import { requestState } from '../request-state.ts'

/** @param options.now milliseconds, monotonic enough for durations */
export function requestLog({ now }: { now: () => number }): Middleware {
  return async function logRequest(ctx, next) {
    const startedAtMs = now()
    await next()
    const { log, route, clientId, fault, issued } = requestState(ctx)
    log.info(
      {
        method: ctx.method,
        route: route?.path ?? 'none',
        clientId: clientId ?? findClientId(ctx),
        status: ctx.status,
        address: ctx.ip,
        durationMs: Math.round(now() - startedAtMs),
        ...(issued && ctx.status === 200 ? { audit: 'token_issued', ...issued } : {}),
        ...(fault === undefined
          ? {}
          : { error: fault.error, detail: fault.detail, target: fault.target }),
      },
      'request',
    )
  }
}

/** Notes why the engine rejected the request. Logs the error if the fault is ours. */
export function logEngineFault(ctx: Context, fault: EngineFault): void {
  const state = requestState(ctx)
  state.fault = fault
  if (!fault.cause) return
  const hint = helpFor(FAULT_SYMPTOMS[findAppError(fault.cause)?.code ?? 'internal'])
  state.log.error({ err: fault.cause, hint }, 'request failed')
}

/** The audit event of a token is part of its request's line: one more line would cost a refresh CPU. */
export function noteIssuedToken(ctx: Context, event: TokenEvent): void {
  requestState(ctx).issued = event
}

export const exchangeLog = {
  /** An MCP server got a token of the upstream: a line of its own, whatever becomes of the response. */
  onExchange: (ctx: Context, event: ExchangeEvent): void =>
    requestState(ctx).log.info({ audit: 'upstream_token_issued', ...event }, 'token exchanged'),

  /** The engine does not know that this response is an error. */
  onConnectionMissing(ctx: Context, { error, code }: AppError): void {
    requestState(ctx).fault = { error, detail: code, cause: undefined }
  },
}

export function logRevocation(ctx: Context, revocation: Revocation): void {
  requestState(ctx).log.warn({ audit: 'grant_revoked', ...revocation }, 'grant revoked')
}

/** `account` is how the keys of the store name it: a subject may be an e-mail address. */
export function createAccessLog(
  logger: Pick<Logger, 'warn'>,
  referToAccount: (sub: string) => string,
) {
  return {
    onAccessRefused(ctx: Context, { sub, ...refusal }: AccessRefusal): void {
      const event = { audit: 'access_refused', account: referToAccount(sub), ...refusal }
      requestState(ctx).log.warn(event, 'access refused')
    },
    onEvent: (event: AccessEvent): void => logger.warn(event, 'access changed'),
    onRefused: ({ sub }: { readonly sub: string }): void => {
      const event = { audit: 'sign_in_refused', reason: 'account_disabled' }
      logger.warn({ ...event, account: referToAccount(sub) }, 'sign-in refused')
    },
  }
}

/** Also for documents that are fetched in the background, so the log of the server, not of a request. */
export function logDocumentFault(logger: Pick<Logger, 'warn'>) {
  return (url: string, err: AppError): void =>
    logger.warn(
      {
        host: URL.parse(url)?.host,
        err,
        detail: err.description,
        hint: helpFor(FAULT_SYMPTOMS[err.code]),
      },
      'cannot load the metadata document or keys of a client',
    )
}
