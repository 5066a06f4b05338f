// The engine's refresh tokens over refresh families. The engine finds a token, consumes it and saves its
// successor under an id that it generates; here these are one look and one compare-and-set, and the
// successor is what the chain's rule says (oauth/refresh-chain.ts).
import { type Adapter, type AdapterPayload, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { PresentedToken, RefreshFamilies } from '../../records/refresh-family.ts'
import { speakingEngine } from '../engine-errors.ts'
import { createEmptyAdapter } from './record-adapter.ts'

export interface RefreshTokens {
  readonly adapter: Adapter
  /** The id of a token that is about to be saved: the successor in this request, or a first one. */
  generateId(ctx: KoaContextWithOIDC | undefined): string
}

/** What one request has learnt of the token that it presented. */
interface Exchange {
  readonly presented: PresentedToken
  successor?: string
}

export function createRefreshTokens(options: {
  families: RefreshFamilies
  currentContext: () => KoaContextWithOIDC | undefined
  /** Whether this client's tokens rotate (OAuth 2.1 §4.3.1: those of public clients do). */
  rotates: (ctx: KoaContextWithOIDC) => boolean
  revokeGrant: (grantId: string) => Promise<void>
  /** The client has a living grant: its registration must live as well. */
  renewClient: (clientId: string) => Promise<void>
  now: () => number
}): RefreshTokens {
  const { families, currentContext, now } = options
  const exchanges = new WeakMap<object, Exchange>()

  async function trade(ctx: KoaContextWithOIDC, exchange: Exchange): Promise<void> {
    const advances = options.rotates(ctx)
    const trading = exchange.presented.trade({ advances })
    const [trade] = await speakingEngine(
      Promise.all([trading, options.renewClient(String(ctx.oidc.client?.clientId))]),
    )
    if (trade.kind === 'gone') throw new errors.InvalidGrant('refresh token not found')
    if (trade.kind === 'reused') {
      // In the meantime another request has made this one the reuse of a spent token.
      await options.revokeGrant(String(exchange.presented.payload['grantId']))
      throw new errors.InvalidGrant('refresh token already used')
    }
    exchange.successor = trade.token
  }

  const adapter: Adapter = {
    ...createEmptyAdapter('RefreshToken'),

    async find(token) {
      const presented = await speakingEngine(families.find(token))
      if (!presented) return undefined
      const ctx = currentContext()
      if (ctx) exchanges.set(ctx, { presented })
      const { payload, startedAt, expiresAt, isReused } = presented
      const found: AdapterPayload = { ...payload, jti: token, iiat: startedAt, exp: expiresAt }
      // The engine ends the grant of a token that it finds consumed.
      return isReused ? { ...found, consumed: Math.floor(now() / 1000) } : found
    },

    async consume() {
      const ctx = currentContext()
      const exchange = ctx && exchanges.get(ctx)
      if (!exchange) throw new errors.InvalidGrant('refresh token not found')
      await trade(ctx, exchange)
    },

    async upsert(token, payload) {
      // A successor is in the family already: consuming its predecessor has put it there.
      if (!families.isNew(token)) return
      const { jti: _jti, exp: _exp, iiat: _iiat, rotations: _rotations, ...rest } = payload
      await speakingEngine(
        Promise.all([families.create(token, rest), options.renewClient(String(payload.clientId))]),
      )
    },

    // The grant goes first, and with it every token, and the audit hears of it: if only one of the two
    // can be written, it is that one, and a request that is repeated finds the family and tries again.
    async destroy(token) {
      const grantId = exchanges.get(currentContext() ?? {})?.presented.payload['grantId']
      if (typeof grantId === 'string') await options.revokeGrant(grantId)
      await speakingEngine(families.remove(token))
    },
  }

  return {
    adapter,
    generateId: (ctx) => (ctx && exchanges.get(ctx)?.successor) ?? families.issue(),
  }
}
