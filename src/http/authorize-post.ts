// POST /authorize (OpenID Connect Core §3.1.2.1) → the same as a GET. The engine's own POST would need
// SameSite=None cookies.
import type { RouterMiddleware } from '@koa/router'
import { ROUTES } from '../provider/configuration.ts'
import { readForm } from './form-body.ts'

export const authorizePost: RouterMiddleware = async (ctx) => {
  const form = await readForm(ctx)
  ctx.status = 303
  ctx.redirect(`${ROUTES.authorization}?${form}`)
}
