// A HEAD promises to change nothing (RFC 9110 §9.2.1), and nobody reads its answer. Where a GET is a step
// of a sign-in it would begin one, spend the upstream's answer, or give out a code.
import type { Middleware } from 'koa'
import { ROUTES } from '../provider/configuration.ts'

/** `/authorize`, and `/authorize/:uid`, where the engine resumes; its routes match in any case. */
const AUTHORIZATION = new RegExp(`^${ROUTES.authorization}(/|$)`, 'i')

/** Leaves it without an answer, which error-handler.ts makes a 405 or 404. */
export function refuseHead({ callbackPath }: { callbackPath: string }): Middleware {
  return async function passOthers(ctx, next) {
    const isStep = AUTHORIZATION.test(ctx.path) || ctx.path === callbackPath
    if (ctx.method !== 'HEAD' || !isStep) await next()
  }
}
