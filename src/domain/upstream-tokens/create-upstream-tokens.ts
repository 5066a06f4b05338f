// The upstream's tokens of people who signed in: kept if something needs them, refreshed once for all processes, handed
// to resource servers that exchange their callers' tokens, and used to ask the upstream again about an account.
import type { Config } from '../../config/load.ts'
import type { Logger } from '../../log.ts'
import type { RecordStores } from '../../records/create-record-stores.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import type { HeldTokens } from '../../records/upstream/upstream-tokens.ts'
import type { UpstreamTokens } from '../../upstream/identity.ts'
import type { RelyingParty } from '../../upstream/relying-party.ts'
import { isPartlyUnknown } from '../access/asserted.ts'
import type { AccessControl } from '../access/end-access.ts'
import { generationOf } from '../access/liveness.ts'
import type { UpstreamEvents } from '../access/upstream-events.ts'
import type { Accounts } from '../account.ts'
import { setHeld } from './held-tokens.ts'
import { createIdentityUpdates } from './identity-updates.ts'
import { createMeans } from './means.ts'
import { createPurposes, findMissingScopes } from './purposes.ts'
import { createRenewals, type RenewalTimes } from './renewal.ts'
import { createRevalidation, type Revalidation } from './revalidation.ts'

/** An account as it was read: access that began after another end is not judged with it. */
type Judged = Pick<StoredAccount, 'sub' | 'generation'>

interface IssuedUpstreamToken {
  readonly accessToken: string
  readonly expiresAtMs: number | undefined
  readonly scope: string | undefined
  /** The upstream was asked for it, and has said again who the person is. */
  readonly isRenewed: boolean
}

export interface UpstreamTokenService {
  /** Whether this resource server may exchange its tokens. */
  isExchanged(resource: string): boolean
  /** The scopes that a sign-in for this resource server requests beyond UPSTREAM_SCOPES. */
  scopesOf(resource: string): readonly string[]
  /** @param resource for which the sign-in was approved; undefined: for none */
  save(sub: string, resource: string | undefined, tokens: UpstreamTokens | undefined): Promise<void>
  /** After a sign-in that turns out to be nobody's who may be here. */
  forget(sub: string): Promise<void>
  /** Whether the resource server gets what it may exchange for; true if it may not exchange. */
  isConnected(sub: string, resource: string): Promise<boolean>
  /**
   * Whether a browser that is signed in may approve without a sign-in at the upstream.
   * @throws AppError upstream_unavailable, store_unavailable
   */
  mayContinue(account: StoredAccount, resource: string): Promise<boolean>
  /**
   * An access token that lives for a while; undefined if the person has to connect first.
   * @throws AppError upstream_unavailable, store_unavailable
   */
  issue(account: Judged, resource: string): Promise<IssuedUpstreamToken | undefined>
  readonly revalidation: Revalidation
}

/** A token that expires sooner is refreshed, unless it has just come. */
const LEAST_USEFUL_MS = 30_000

export function createUpstreamTokens(options: {
  config: Pick<Config, 'resourceServers' | 'revalidation' | 'upstream'>
  stores: Pick<RecordStores, 'accounts' | 'upstreamTokens'>
  accounts: Pick<Accounts, 'subjectOf' | 'update'>
  upstreamEvents: Pick<UpstreamEvents, 'noteAddress'>
  relyingParty: RelyingParty
  endAccess: AccessControl['endAccess']
  logger: Pick<Logger, 'warn'>
  now: () => number
  monotonicNow: () => number
  times?: RenewalTimes
}): UpstreamTokenService {
  const { config, stores, now } = options
  // Sessions too: a browser that is signed in could authorize a client again.
  const endAccess = (account: Judged) =>
    options.endAccess({
      sub: account.sub,
      what: 'everything',
      generation: generationOf(account),
      reason: 'upstream_grant_ended',
    })
  const { upstreamTokens } = stores
  const means = config.upstream.revalidation
  const isRevalidating = config.revalidation.isOn && means !== 'none'
  const purposes = createPurposes({ ...config, isRevalidating })

  const expiresWithin = ({ expiresAtMs }: HeldTokens, ms: number) =>
    expiresAtMs !== undefined && expiresAtMs <= now() + ms
  const isExpired = (tokens: HeldTokens) => expiresWithin(tokens, 0)

  const meansOf = createMeans({ upstream: config.upstream, isRevalidating, isExpired })

  const renewals = createRenewals({
    ...options,
    upstreamTokens,
    meansOf,
    onIdentity: createIdentityUpdates(options),
  })

  function isDue(tokens: HeldTokens): boolean {
    const isNew = Math.abs(now() - tokens.checkedAtMs) < LEAST_USEFUL_MS
    return (
      tokens.isUnconfirmed === true ||
      isExpired(tokens) ||
      (!isNew && expiresWithin(tokens, LEAST_USEFUL_MS))
    )
  }

  const isMissing = (tokens: HeldTokens, purpose: string) =>
    findMissingScopes(purposes.scopesOf(purpose), tokens.scope).length > 0

  /** Where accounts are not re-validated, the end of the tokens signs nobody out of MCP clients. */
  async function end(account: Judged, purpose: string): Promise<void> {
    if (isRevalidating) {
      await endAccess(account)
      return
    }
    await upstreamTokens.change(account.sub, (known) =>
      known?.held[purpose]?.hasEnded ? setHeld(known, purpose, undefined) : undefined,
    )
  }

  async function isConnected(sub: string, resource: string): Promise<boolean> {
    const purpose = purposes.of(resource)
    if (!purposes.isExchanged(purpose)) return true
    const tokens = (await upstreamTokens.open(sub))?.value.held[purpose]
    if (!tokens || tokens.hasEnded || isMissing(tokens, purpose)) return false
    return tokens.refreshToken !== undefined || !isExpired(tokens)
  }

  const revalidation = createRevalidation({
    ...stores,
    config,
    hasMeans: isRevalidating,
    renewals,
    purposes,
    endAccess,
    now,
  })

  return {
    isExchanged: (resource) => purposes.isExchanged(purposes.of(resource)),

    scopesOf: (resource) => purposes.scopesOf(purposes.of(resource)),

    async save(sub, resource = '', tokens) {
      const purpose = purposes.of(resource)
      if (!tokens || !purposes.isKept(purpose)) return
      const requested = [config.upstream.scope, ...purposes.scopesOf(purpose)].join(' ')
      const checkedAtMs = now()
      // Nothing of the record is needed any more. A process that asks the upstream with the old tokens finds them gone.
      if (purposes.all.length === 1 && tokens.refreshToken !== undefined) {
        const held = { ...tokens, scope: tokens.scope ?? requested, checkedAtMs }
        return upstreamTokens.save(sub, { held: { [purpose]: held } })
      }
      await upstreamTokens.change(sub, (known = { held: {} }) => {
        const before = known.held[purpose]
        // Some providers send a refresh token at the first sign-in only.
        const earlier = before?.hasEnded ? undefined : before?.refreshToken
        const { accessToken, expiresAtMs, refreshToken = earlier, scope = requested } = tokens
        const held = { accessToken, expiresAtMs, refreshToken, scope, checkedAtMs }
        // The person is there again: what ended before counts no more.
        const live = Object.entries(known.held).filter(([, { hasEnded }]) => !hasEnded)
        return setHeld({ ...known, held: Object.fromEntries(live) }, purpose, held)
      })
    },

    forget: (sub) => upstreamTokens.remove(sub),

    isConnected,

    async mayContinue(account, resource) {
      if (isPartlyUnknown(account)) return false
      if (!(await isConnected(account.sub, resource))) return false
      return (await revalidation.check(account, resource)).kind === 'live'
    },

    async issue(account, resource) {
      const { sub } = account
      const purpose = purposes.of(resource)
      const renewed = await renewals.renew({ sub, purposes: [purpose], need: 'token', isDue })
      if (renewed.kind === 'ended') await end(account, purpose)
      if (renewed.kind !== 'current' || isMissing(renewed.tokens, purpose)) return undefined
      const { accessToken, expiresAtMs, scope } = renewed.tokens
      return { accessToken, expiresAtMs, scope, isRenewed: renewed.wasDue }
    },

    revalidation,
  }
}
