// The engine's pauses for a person, in our words: what is asked, and how it goes on after an answer.
// The pages are http/endpoints/interaction.ts, the way back from the upstream http/endpoints/upstream-callback.ts.
import type { Context } from 'koa'
import { type Client, errors, type Provider } from 'oidc-provider'
import { AppError } from '../../errors.ts'

type EngineInteraction = Awaited<ReturnType<Provider['interactionDetails']>>

export interface PendingInteraction {
  readonly uid: string
  readonly client: { readonly id: string; readonly name: string | undefined }
  readonly redirectUri: string
  readonly resource: string
  readonly scope: string
  /** The account that this browser is signed in with; undefined: none, or a fresh login is asked for. */
  readonly accountId: string | undefined
  /** What the client asked of the login (OpenID Connect Core §3.1.2.1). */
  readonly login: {
    readonly isFresh: boolean
    readonly maxAgeSeconds: number | undefined
    readonly loginHint: string | undefined
  }
  /** The languages that the client would have the pages in (OpenID Connect Core §3.1.2.1). */
  readonly uiLocales: string | undefined
}

export type Rejection = 'access_denied' | 'server_error' | 'temporarily_unavailable'

export interface Interactions {
  /** The interaction of this browser's cookie. @throws AppError interaction_expired */
  get(ctx: Context): Promise<PendingInteraction>
  /** The interaction that a login attempt belongs to. @throws AppError interaction_expired */
  getByUid(uid: string): Promise<PendingInteraction>
  /** `scopes` approved by the account that is signed in; returns where the browser goes. */
  approve(pending: PendingInteraction, scopes: readonly string[]): Promise<string>
  /** Approved, and then signed in upstream as `accountId`. */
  approveWithLogin(
    ctx: Context,
    pending: PendingInteraction,
    accountId: string,
    authTime: number | undefined,
  ): Promise<string>
  /** Where the browser goes to bring the client an error (RFC 6749 §4.1.2.1). */
  reject(pending: PendingInteraction, error: Rejection, description: string): Promise<string>
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

export function createInteractions(options: {
  provider: Provider
  now: () => number
}): Interactions {
  const { provider, now } = options

  /** What a description was made of, so that the answer to it needs no second look. */
  const described = new WeakMap<PendingInteraction, EngineInteraction>()

  async function finish(
    pending: PendingInteraction,
    change: (interaction: EngineInteraction) => void,
  ): Promise<string> {
    const interaction = described.get(pending)
    if (!interaction) throw new TypeError('a pending interaction comes from get or getByUid')
    change(interaction)
    await interaction.save(Math.max(1, interaction.exp - Math.floor(now() / 1000)))
    return interaction.returnTo
  }

  async function describe(interaction: EngineInteraction): Promise<PendingInteraction> {
    const { params, prompt, uid } = interaction
    const client = await provider.Client.find(String(params['client_id']))
    if (!client) throw new AppError('interaction_expired')
    const isFresh = text(params['prompt'])?.split(' ').includes('login') === true
    const maxAge = text(params['max_age'])
    const pending: PendingInteraction = {
      uid,
      client: { id: client.clientId, name: nameOf(client) },
      redirectUri: String(params['redirect_uri']),
      resource: String(params['resource']),
      scope: String(params['scope'] ?? ''),
      accountId: prompt.name === 'login' ? undefined : interaction.session?.accountId,
      login: {
        isFresh,
        maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
        loginHint: text(params['login_hint']),
      },
      uiLocales: text(params['ui_locales']),
    }
    described.set(pending, interaction)
    return pending
  }

  return {
    async get(ctx) {
      try {
        return await describe(await provider.interactionDetails(ctx.req, ctx.res))
      } catch (error) {
        if (!(error instanceof errors.SessionNotFound)) throw error
        throw new AppError('interaction_expired', { cause: error })
      }
    },

    async getByUid(uid) {
      const interaction = await provider.Interaction.find(uid)
      if (!interaction) throw new AppError('interaction_expired')
      return describe(interaction)
    },

    approve: (pending, scopes) =>
      finish(pending, (interaction) => {
        // What the engine resumes with, and so what code, grant and tokens are for.
        interaction.params['scope'] = scopes.join(' ')
        interaction.result = { consent: {} }
      }),

    async approveWithLogin(ctx, pending, accountId, authTime) {
      const session = await provider.Session.get(ctx)
      // Another person's session ends here, and the interaction lets go of the one it began with:
      // otherwise the engine stops at a page of its own.
      if (session.accountId !== undefined && session.accountId !== accountId) {
        await session.destroy()
      }
      return finish(pending, (interaction) => {
        interaction.session = undefined
        // A login that the upstream answered from its own session is as old as that session says.
        const ts = authTime === undefined ? {} : { ts: authTime }
        interaction.result = { login: { accountId, remember: true, ...ts }, consent: {} }
      })
    },

    reject: (pending, error, description) =>
      finish(pending, (interaction) => {
        interaction.result = { error, error_description: description }
      }),
  }
}

function nameOf(client: Client): string | undefined {
  return text(client.clientName)
}
