// What the engine tells of a request, for that request's log line and for the audit.
import type { Context } from 'koa'
import type { EngineFault, Revocation } from '../provider/create-provider.ts'
import { requestState } from './request-log.ts'

export function onFault(ctx: Context, fault: EngineFault): void {
  const state = requestState(ctx)
  state.fault = fault
  if (fault.cause) state.log.error({ err: fault.cause }, 'request failed')
}

export function onGrantRevoked(ctx: Context, revocation: Revocation): void {
  requestState(ctx).log.warn({ audit: 'grant_revoked', ...revocation }, 'grant ended')
}
