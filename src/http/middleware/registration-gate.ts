// Hides the registration endpoint if registration is off.
import type { Middleware } from 'koa'
import type { RegistrationConfig } from '../../config/registration.ts'
import { AppError } from '../../errors.ts'
import { requestState } from '../request-state.ts'
import { ROUTES } from '../routes.ts'

export function registrationGate({ mode }: Pick<RegistrationConfig, 'mode'>): Middleware {
  return async function guardRegistration(ctx, next) {
    const { route } = requestState(ctx)
    const isRegistration = route === ROUTES.registration || route === ROUTES.registeredClient
    if (isRegistration && mode === 'off') throw new AppError('not_found')
    await next()
  }
}
