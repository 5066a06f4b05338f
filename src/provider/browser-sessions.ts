// The engine's browser sessions for pages of ours that belong to no authorization request: the account page and the
// page that signs out. Sessions of authorization requests begin in the engine itself (authorization/interactions.ts).
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Config } from '../config/load.ts'
import { isSessionLive, sessionGenerationOf } from '../domain/access/liveness.ts'
import type { Accounts } from '../domain/account.ts'
import type { StoredAccount } from '../records/record-values.ts'
import type { SessionWithGeneration } from './internals.ts'

interface BrowserSession {
  /** The same for as long as the session lives. */
  readonly uid: string
  readonly account: StoredAccount
}

export interface BrowserSessions {
  /** Undefined: nobody is signed in with this browser, or their sign-in was ended elsewhere. */
  find(ctx: Context): Promise<BrowserSession | undefined>
  /**
   * Signs a person in. The session gets a new id, so that nobody who knew the old one is signed in too; another person's
   * session ends.
   * @param login.authTime seconds since the epoch; undefined: now
   */
  begin(
    ctx: Context,
    login: { account: StoredAccount; authTime: number | undefined },
  ): Promise<void>
  /** Signs the person out of this browser. */
  end(ctx: Context): Promise<void>
}

export function createBrowserSessions(options: {
  provider: Provider
  accounts: Pick<Accounts, 'find'>
  config: Pick<Config, 'issuer' | 'lifetimes'>
}): BrowserSessions {
  const { provider, accounts, config } = options
  const cookieName = provider.cookieName('session')
  // As the engine sets it (configuration.ts).
  const attributes = {
    httpOnly: true,
    overwrite: true,
    sameSite: 'lax',
    secure: config.issuer.startsWith('https:'),
    signed: true,
  } as const

  return {
    async find(ctx) {
      const session: SessionWithGeneration = await provider.Session.get(ctx)
      if (session.accountId === undefined) return undefined
      const account = await accounts.find(session.accountId)
      if (!account || !isSessionLive(session, account)) return undefined
      return { uid: session.uid, account }
    },

    async begin(ctx, { account, authTime }) {
      const accountId = account.sub
      const known = await provider.Session.get(ctx)
      const isSamePerson = known.accountId === accountId
      if (known.accountId !== undefined && !isSamePerson) await known.destroy()
      const session: SessionWithGeneration = isSamePerson ? known : new provider.Session()
      session.loginAccount({ accountId, ...(authTime === undefined ? {} : { loginTs: authTime }) })
      session.sessionGeneration = sessionGenerationOf(account)
      if (isSamePerson) session.resetIdentifier()
      await session.save(config.lifetimes.sessionSeconds)
      const expires = new Date(session.exp * 1000)
      ctx.cookies.set(cookieName, session.jti, { ...attributes, expires })
    },

    async end(ctx) {
      const session = await provider.Session.get(ctx)
      if (session.accountId !== undefined) await session.destroy()
      ctx.cookies.set(cookieName, null, attributes)
    },
  }
}
