// Re-validation: before a refresh of an account that the upstream has not confirmed for a while, the upstream is asked
// again. docs/access.md says what an operator can set, docs/adr/0035-upstream-tokens.md why.
import type { Config } from '../../config/load.ts'
import { AppError } from '../../errors.ts'
import type { AccountStore } from '../../records/access/account-store.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import type { HeldTokens } from '../../records/upstream/upstream-tokens.ts'
import { generationOf } from '../access/liveness.ts'
import type { Purposes } from './purposes.ts'
import type { Renewals, Renewed } from './renewal.ts'

type Revalidated =
  /** The account as it is now. */
  | { readonly kind: 'live'; readonly account: StoredAccount }
  /** The upstream ended it, and with it all grants of the account. */
  | { readonly kind: 'ended' }
  /** Nobody could ask, and the last sign-in is too long ago. A new one helps. */
  | { readonly kind: 'unverified' }

export interface Revalidation {
  /**
   * @param resource of the grant whose token is refreshed
   * @throws AppError upstream_unavailable once the time of grace is over; store_unavailable
   */
  check(account: StoredAccount, resource: string): Promise<Revalidated>
}

export function createRevalidation(options: {
  config: Pick<Config, 'revalidation'>
  /** Whether any account can be asked about. */
  hasMeans: boolean
  renewals: Renewals
  purposes: Purposes
  accounts: Pick<AccountStore, 'find' | 'change'>
  endAccess: (account: StoredAccount) => Promise<unknown>
  now: () => number
}): Revalidation {
  const { renewals, purposes, accounts, now } = options
  const { isOn, revalidateSeconds, graceSeconds, unverifiedLifetimeSeconds } =
    options.config.revalidation

  /** A time in the future is of a clock that was wrong. */
  const isOlder = (atMs: number, seconds: number) => Math.abs(now() - atMs) >= seconds * 1000

  const isDue = ({ checkedAtMs }: HeldTokens) => isOlder(checkedAtMs, revalidateSeconds)

  async function renew(sub: string, resource: string): Promise<Renewed> {
    if (!options.hasMeans) return { kind: 'absent' }
    const preferred = [...new Set([purposes.of(resource), ...purposes.all])]
    return renewals.renew({ sub, purposes: preferred, need: 'check', isDue })
  }

  async function findAgain(account: StoredAccount): Promise<Revalidated> {
    const found = await accounts.find(account.sub)
    // Else its access has ended meanwhile.
    const isSame = found !== undefined && generationOf(found) === generationOf(account)
    return isSame ? { kind: 'live', account: found } : { kind: 'ended' }
  }

  /** An account from before accounts were confirmed: its time begins now, so that an update signs nobody out. */
  async function begin(account: StoredAccount): Promise<Revalidated> {
    const begun = await accounts.change(account.sub, (known) => ({
      ...(known ?? account),
      checkedAtMs: known?.checkedAtMs ?? now(),
    }))
    return { kind: 'live', account: begun }
  }

  return {
    async check(account, resource) {
      const live = { kind: 'live', account } as const
      if (!isOn) return live
      const { sub, checkedAtMs } = account
      if (checkedAtMs === undefined) return begin(account)
      if (!isOlder(checkedAtMs, revalidateSeconds)) return live
      try {
        const renewed = await renew(sub, resource)
        switch (renewed.kind) {
          case 'current':
            return await findAgain(account)
          case 'absent':
            return isOlder(checkedAtMs, unverifiedLifetimeSeconds) ? { kind: 'unverified' } : live
          case 'ended':
            await options.endAccess(account)
            return renewed
        }
      } catch (error) {
        const isTrouble = error instanceof AppError && error.code !== 'store_unavailable'
        if (!isTrouble || isOlder(checkedAtMs, graceSeconds)) throw unavailable(error)
        return live
      }
    },
  }
}

/** A failure of the upstream decides nothing about the person, and a retry may succeed. */
function unavailable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code === 'store_unavailable') return error
  return new AppError('upstream_unavailable', { cause: error })
}
