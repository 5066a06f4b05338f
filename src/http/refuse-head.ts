// A HEAD promises to change nothing (RFC 9110 §9.2.1), and nobody reads its answer. The engine treats it
// as a GET: it would begin an authorization, or finish one and give out a code.
import type { Middleware } from 'koa'
import { ROUTES } from '../provider/configuration.ts'

/** `/authorize`, and `/authorize/:uid`, where the engine resumes; its routes match in any case. */
const AUTHORIZATION = new RegExp(`^${ROUTES.authorization}(/|$)`, 'i')

/** Leaves it without an answer, which error-handler.ts makes a 405 or 404. */
export const refuseHead: Middleware = async (ctx, next) => {
  if (ctx.method === 'HEAD' && AUTHORIZATION.test(ctx.path)) return
  await next()
}
