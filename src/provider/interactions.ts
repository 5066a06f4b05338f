// The engine's pauses for a person, in our words: what is asked, and how it goes on after an answer.
// The pages are http/interaction.ts, the way back from the upstream http/upstream-callback.ts.
import type { Context } from 'koa'
import { type Client, errors, type Provider } from 'oidc-provider'
import { AppError } from '../errors.ts'

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
}

export type Rejection = 'access_denied' | 'server_error' | 'temporarily_unavailable'

export interface Interactions {
  /** The interaction of this browser's cookie. @throws AppError interaction_expired */
  get(ctx: Context): Promise<PendingInteraction>
  /** The interaction that a login attempt belongs to. @throws AppError interaction_expired */
  getByUid(uid: string): Promise<PendingInteraction>
  /** Approved by the account that is signed in; returns where the browser goes. */
  approve(uid: string): Promise<string>
  /** Approved, and then signed in upstream as `accountId`. */
  approveWithLogin(ctx: Context, uid: string, accountId: string): Promise<string>
  /** Where the browser goes to bring the client an error (RFC 6749 §4.1.2.1). */
  reject(uid: string, error: Rejection, description: string): Promise<string>
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

export function createInteractions(options: {
  provider: Provider
  now: () => number
}): Interactions {
  const { provider, now } = options

  async function findByUid(uid: string): Promise<EngineInteraction> {
    const interaction = await provider.Interaction.find(uid)
    if (!interaction) throw new AppError('interaction_expired')
    return interaction
  }

  async function save(interaction: EngineInteraction): Promise<string> {
    await interaction.save(Math.max(1, interaction.exp - Math.floor(now() / 1000)))
    return interaction.returnTo
  }

  async function describe(interaction: EngineInteraction): Promise<PendingInteraction> {
    const { params, prompt, uid } = interaction
    const client = await provider.Client.find(String(params['client_id']))
    if (!client) throw new AppError('interaction_expired')
    const isFresh = text(params['prompt'])?.split(' ').includes('login') === true
    const maxAge = text(params['max_age'])
    return {
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
    }
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

    getByUid: async (uid) => describe(await findByUid(uid)),

    async approve(uid) {
      const interaction = await findByUid(uid)
      interaction.result = { consent: {} }
      return save(interaction)
    },

    async approveWithLogin(ctx, uid, accountId) {
      const interaction = await findByUid(uid)
      const session = await provider.Session.get(ctx)
      // Another person's session ends here, and the interaction lets go of the one it began with:
      // otherwise the engine stops at a page of its own.
      if (session.accountId !== undefined && session.accountId !== accountId) {
        await session.destroy()
      }
      interaction.session = undefined
      interaction.result = { login: { accountId, remember: true }, consent: {} }
      return save(interaction)
    },

    async reject(uid, error, description) {
      const interaction = await findByUid(uid)
      interaction.result = { error, error_description: description }
      return save(interaction)
    },
  }
}

function nameOf(client: Client): string | undefined {
  return text(client.clientName)
}
