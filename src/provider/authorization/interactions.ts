// The engine's pauses for a person, in our terms: what the request asks, and how it continues after an answer.
// The pages are http/endpoints/interaction.ts, the upstream's response http/endpoints/upstream-callback.ts.
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import { requireText } from '../internals.ts'
import { getsRefreshToken } from '../tokens/token-policy.ts'
import { ACCOUNT_CHOICE } from './canonical-request.ts'
import { approvalOf } from './signed-in-account.ts'

type EngineInteraction = Awaited<ReturnType<Provider['interactionDetails']>>

export interface PendingInteraction {
  readonly uid: string
  readonly client: {
    readonly id: string
    readonly name: string | undefined
    readonly getsRefreshToken: boolean
  }
  readonly redirectUri: string
  readonly resource: string
  readonly scope: string
  /** The account that this browser is signed in with; undefined if none, or if the client asks for a login. */
  readonly accountId: string | undefined
  /** The client's demands on the sign-in (OpenID Connect Core §3.1.2.1). */
  readonly login: {
    readonly isFresh: boolean
    readonly choosesAccount: boolean
    readonly maxAgeSeconds: number | undefined
    readonly loginHint: string | undefined
  }
  /** The languages that the client prefers for the pages (OpenID Connect Core §3.1.2.1). */
  readonly uiLocales: string | undefined
}

export type Rejection =
  | 'access_denied'
  | 'login_required'
  | 'server_error'
  | 'temporarily_unavailable'

export interface Interactions {
  /**
   * An interaction that is bound to this browser.
   * @throws AppError interaction_expired, also if the person of its session has signed out
   */
  get(ctx: Context, uid: string): Promise<PendingInteraction>
  /** The interaction that a login attempt belongs to. @throws AppError interaction_expired */
  getByUid(uid: string): Promise<PendingInteraction>
  /** The signed-in account approves `scopes`. Returns where the browser goes. */
  approve(
    pending: PendingInteraction,
    account: StoredAccount,
    scopes: readonly string[],
  ): Promise<string>
  /** The person approved, then signed in at the upstream as `account`. Returns where the browser goes. */
  approveWithLogin(
    ctx: Context,
    pending: PendingInteraction,
    login: {
      account: StoredAccount
      authTime: number | undefined
      /** Those of the request that the account may grant. */
      scopes: readonly string[]
    },
  ): Promise<string>
  /** The client gets this error (RFC 6749 §4.1.2.1). Returns where the browser goes. */
  reject(pending: PendingInteraction, error: Rejection, description: string): Promise<string>
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

export function createInteractions(options: {
  provider: Provider
  now: () => number
}): Interactions {
  const { provider, now } = options

  /** The engine's interactions behind ours, so that an answer needs no second read. */
  const sources = new WeakMap<PendingInteraction, EngineInteraction>()

  async function finish(
    pending: PendingInteraction,
    change: (interaction: EngineInteraction) => void,
  ): Promise<string> {
    const interaction = sources.get(pending)
    if (!interaction) throw new TypeError('a pending interaction comes from get or getByUid')
    change(interaction)
    await interaction.save(Math.max(1, interaction.exp - Math.floor(now() / 1000)))
    return interaction.returnTo
  }

  async function toPending(interaction: EngineInteraction): Promise<PendingInteraction> {
    const { params, prompt, uid } = interaction
    const client = await provider.Client.find(requireText(params['client_id'], 'client_id'))
    if (!client) throw new AppError('interaction_expired')
    const choosesAccount = params[ACCOUNT_CHOICE] !== undefined
    const requiresLogin = textOf(params['prompt'])?.split(' ').includes('login') === true
    const maxAge = textOf(params['max_age'])
    const pending: PendingInteraction = {
      uid,
      client: {
        id: client.clientId,
        name: textOf(client.clientName),
        getsRefreshToken: getsRefreshToken(client),
      },
      redirectUri: requireText(params['redirect_uri'], 'redirect_uri'),
      resource: requireText(params['resource'], 'resource'),
      scope: textOf(params['scope']) ?? '',
      accountId: prompt.name === 'login' ? undefined : interaction.session?.accountId,
      login: {
        isFresh: requiresLogin && !choosesAccount,
        choosesAccount,
        maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
        loginHint: textOf(params['login_hint']),
      },
      uiLocales: textOf(params['ui_locales']),
    }
    sources.set(pending, interaction)
    return pending
  }

  return {
    // The engine's `interactionDetails` would find the session by its uid, for which each session needs a second record.
    async get(ctx, uid) {
      const [interaction, session] = await Promise.all([
        provider.Interaction.find(uid),
        provider.Session.get(ctx),
      ])
      const begunIn = interaction?.session
      const isTheirs =
        begunIn === undefined ||
        (begunIn.uid === session.uid && begunIn.accountId === session.accountId)
      if (!interaction || !isTheirs) throw new AppError('interaction_expired')
      return toPending(interaction)
    },

    async getByUid(uid) {
      const interaction = await provider.Interaction.find(uid)
      if (!interaction) throw new AppError('interaction_expired')
      return toPending(interaction)
    },

    approve: (pending, account, scopes) =>
      finish(pending, (interaction) => {
        // The engine resumes with these parameters; they decide the scope of grant and tokens.
        interaction.params['scope'] = scopes.join(' ')
        interaction.result = { consent: {}, ...approvalOf(account) }
      }),

    async approveWithLogin(ctx, pending, { account, authTime, scopes }) {
      const { sub: accountId } = account
      const session = await provider.Session.get(ctx)
      // End another person's session, and detach the interaction from the one it began with; otherwise the
      // engine stops at a page of its own.
      if (session.accountId !== undefined && session.accountId !== accountId) {
        await session.destroy()
      }
      return finish(pending, (interaction) => {
        interaction.session = undefined
        interaction.params['scope'] = scopes.join(' ')
        // If the upstream answered from its own session, the sign-in is as old as that session.
        const ts = authTime === undefined ? {} : { ts: authTime }
        const login = { accountId, remember: true, ...ts }
        interaction.result = { login, consent: {}, ...approvalOf(account) }
      })
    },

    reject: (pending, error, description) =>
      finish(pending, (interaction) => {
        interaction.result = { error, error_description: description }
      }),
  }
}
