// Saves what the upstream says about a person between sign-ins.
import type { Logger } from '../../log.ts'
import type { Identity } from '../../upstream/identity.ts'
import { isPartlyUnknown } from '../access/asserted.ts'
import type { UpstreamEvents } from '../access/upstream-events.ts'
import type { Accounts } from '../account.ts'

/** @returns false: it is about somebody else, and nothing is saved */
export type UpdateIdentity = (sub: string, identity: Identity) => Promise<boolean>

export function createIdentityUpdates(options: {
  accounts: Pick<Accounts, 'subjectOf' | 'update'>
  upstreamEvents: Pick<UpstreamEvents, 'noteAddress'>
  logger: Pick<Logger, 'warn'>
}): UpdateIdentity {
  const { accounts } = options
  let isTold = false
  return async (sub, identity) => {
    if ((await accounts.subjectOf(identity.sub)) !== sub) return false
    // First, so that no account has an address by which it is not found.
    await options.upstreamEvents.noteAddress(identity.verifiedEmail, sub)
    const account = await accounts.update(sub, identity)
    if (account && isPartlyUnknown(account) && !isTold) {
      // It is the upstream's way for everybody, so once is enough.
      isTold = true
      const missing = {
        claims: account.unknownClaims ?? [],
        email: account.isAddressUnknown === true,
      }
      options.logger.warn(
        missing,
        'the upstream says less about people when it is asked again than at the sign-in',
      )
    }
    return account !== undefined
  }
}
