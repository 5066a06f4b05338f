// The engine's refresh tokens over refresh families. The engine finds a token, consumes it and saves its
// successor under an id that it generates; here that is one read and one compare-and-set, and the successor is
// what the rule of oauth/refresh-chain.ts says.
import { type Adapter, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { AppError } from '../../errors.ts'
import type { Instant, PresentedToken, RefreshFamilies } from '../../records/refresh-family.ts'
import { asEngineError, toEngineError } from '../engine-errors.ts'
import { requireText, toPayload } from '../internals.ts'
import type { AccountLookup } from './account-lookup.ts'
import { createEmptyAdapter } from './record-adapter.ts'

export interface RefreshTokens {
  readonly adapter: Adapter
  /** The id of a token that is about to be saved: the successor in this request, or a first token. */
  generateId(ctx: KoaContextWithOIDC | undefined, grantId: string): string
}

/** The refresh that a request asks for. */
interface Refresh {
  readonly token: string
  readonly presented: PresentedToken
  successor?: string
}

export function createRefreshTokens(options: {
  families: RefreshFamilies
  accountLookup: Pick<AccountLookup, 'begin'>
  currentContext: () => KoaContextWithOIDC | undefined
  /** Whether this client's tokens rotate (OAuth 2.1 §4.3.1: those of public clients must). */
  rotates: (ctx: KoaContextWithOIDC) => boolean
  revokeGrant: (grantId: string) => Promise<void>
  /** grant-adapter.ts */
  confirmUnlisted: (ctx: KoaContextWithOIDC) => Promise<void>
  /** A client with a live grant must keep its registration. */
  renewClient: (clientId: string) => Promise<void>
  arrivedAt: (ctx: KoaContextWithOIDC) => Instant
}): RefreshTokens {
  const { families, currentContext } = options
  const refreshes = new WeakMap<object, Refresh>()

  async function redeem(ctx: KoaContextWithOIDC, refresh: Refresh): Promise<void> {
    const clientId = requireText(ctx.oidc.client?.clientId, 'clientId of a refresh')
    const redeeming = refresh.presented.redeem({
      advances: options.rotates(ctx),
      arrivedAt: options.arrivedAt(ctx),
      isAbandoned: () => !ctx.writable,
    })
    const [outcome] = await asEngineError(Promise.all([redeeming, options.renewClient(clientId)]))
    switch (outcome.kind) {
      case 'redeemed':
        refresh.successor = outcome.token
        await options.confirmUnlisted(ctx)
        return
      case 'gone':
        throw new errors.InvalidGrant('refresh token not found')
      case 'abandoned':
        // If somebody reads it after all, the client keeps its token.
        throw toEngineError(new AppError('overdue', { cause: new Error('the client is gone') }))
      case 'reused':
        await end(refresh)
        throw new errors.InvalidGrant('refresh token already used')
    }
  }

  // The grant goes first, and with it every token, and the audit log has it. If only one of the two writes
  // succeeds it is that one, and a repeated request finds the family and tries again.
  async function end(refresh: Refresh): Promise<void> {
    await options.revokeGrant(grantIdOf(refresh))
    await asEngineError(families.remove(refresh.token))
  }

  const adapter: Adapter = {
    ...createEmptyAdapter('RefreshToken'),

    async find(token) {
      const presented = await asEngineError(families.find(token))
      if (!presented) return undefined
      const ctx = currentContext()
      if (ctx) refreshes.set(ctx, { token, presented })
      const { payload, startedAt, expiresAt } = presented
      options.accountLookup.begin(payload['accountId'])
      return toPayload({ ...payload, jti: token, iiat: startedAt, exp: expiresAt })
    },

    async consume() {
      const ctx = currentContext()
      const refresh = ctx && refreshes.get(ctx)
      if (!refresh) throw new errors.InvalidGrant('refresh token not found')
      await redeem(ctx, refresh)
    },

    async upsert(_token, payload) {
      // A successor is in the family already, since its predecessor was consumed.
      if (refreshes.get(currentContext() ?? {})?.successor !== undefined) return
      const grantId = requireText(payload.grantId, 'grantId of a refresh token')
      const clientId = requireText(payload.clientId, 'clientId of a refresh token')
      const { jti: _jti, exp: _exp, iiat: _iiat, rotations: _rotations, ...rest } = payload
      await asEngineError(
        Promise.all([families.create(grantId, rest), options.renewClient(clientId)]),
      )
    },

    // The client revokes its token. The engine calls this for reuse too, but finds no token consumed.
    async destroy(token) {
      const refresh = refreshes.get(currentContext() ?? {})
      if (refresh) await end(refresh)
      else await asEngineError(families.remove(token))
    },
  }

  return {
    adapter,
    generateId: (ctx, grantId) => (ctx && refreshes.get(ctx)?.successor) ?? families.issue(grantId),
  }
}

function grantIdOf({ presented }: Refresh): string {
  return requireText(presented.payload['grantId'], 'grantId of a refresh token')
}
