// The pages of a person who is signed in with this browser, outside any authorization request.
import type Router from '@koa/router'
import type { Config } from '../../../config/load.ts'
import { createIdTokenHints } from '../../../crypto/id-token-hints.ts'
import { createVouching, type KnownClients } from '../../../domain/known-clients.ts'
import { createLogoutRequests } from '../../../domain/logout-request.ts'
import type { RedirectPolicy } from '../../../oauth/redirect-uri.ts'
import { ROUTES } from '../../routes.ts'
import { redirectPostToGet, rejectPrefetch } from '../authorization.ts'
import { accountEndpoints } from './account.ts'
import { connectEndpoints } from './connect.ts'
import { logoutEndpoints } from './logout.ts'
import { createGrantLister } from './shown-grants.ts'

type Services = Omit<
  Parameters<typeof accountEndpoints>[0] &
    Parameters<typeof createGrantLister>[0] &
    Parameters<typeof connectEndpoints>[0] &
    Parameters<typeof logoutEndpoints>[0],
  'listGrants' | 'resolveLogout' | 'config'
>

export type AccountPageServices = Services & {
  readonly config: Config
  readonly knownClients: KnownClients
  readonly redirectPolicy: RedirectPolicy
}

export function addAccountRoutes(router: Router, options: AccountPageServices): void {
  const { config } = options
  const account = accountEndpoints({ ...options, listGrants: createGrantLister(options) })
  const resolveLogout = createLogoutRequests({
    ...options,
    hints: createIdTokenHints(config),
    isVouchedFor: createVouching(config),
  })
  const logout = logoutEndpoints({ ...options, resolveLogout })
  const connect = connectEndpoints(options)
  router.get(ROUTES.account.path, rejectPrefetch, account.show)
  router.post(ROUTES.accountSignIn.path, account.signIn)
  router.post(ROUTES.accountRemove.path, account.remove)
  router.post(ROUTES.accountSignOut.path, account.signOut)
  router.get(ROUTES.connect.path, rejectPrefetch, connect.show)
  router.post(ROUTES.connect.path, connect.begin)
  router.get(ROUTES.logout.path, rejectPrefetch, logout.ask)
  // OpenID Connect RP-Initiated Logout 1.0 §2. A POST from another site comes without the session's cookie.
  router.post(ROUTES.logout.path, redirectPostToGet(ROUTES.logout.path))
  router.post(ROUTES.logoutConfirmation.path, logout.confirm)
}
