// Whether a grant or a browser session still counts. To end all of an account's at once, end-access.ts raises a number in
// the account: its generation. A grant or session carries the number of its time, and counts only while both are equal.
import type { StoredAccount, StoredGrant } from '../../records/record-values.ts'

type Generations = Pick<StoredAccount, 'generation' | 'sessionGeneration' | 'disabledAt'>

/**
 * The numbers of an account that is new in the store. The person may have had one before, and a browser can keep a session for
 * longer than the record of its account, so no number of that time may come back.
 */
export const firstGenerations = (nowMs: number) => ({
  generation: nowMs,
  sessionGeneration: nowMs,
})

export const generationOf = ({ generation = 0 }: Pick<StoredAccount, 'generation'>) => generation

export const sessionGenerationOf = ({
  sessionGeneration = 0,
}: Pick<StoredAccount, 'sessionGeneration'>) => sessionGeneration

export const isDisabled = ({ disabledAt }: Pick<StoredAccount, 'disabledAt'>) =>
  disabledAt !== undefined

/** @param account of the grant; undefined: there is none, or none of our upstream */
export function isGrantLive(
  grant: Pick<StoredGrant, 'revoked' | 'generation'>,
  account: Generations | undefined,
): boolean {
  if (!account || isDisabled(account) || grant.revoked === true) return false
  return generationOf(grant) === generationOf(account)
}

/** @param session the engine's, which carries the number */
export function isSessionLive(
  session: Pick<StoredAccount, 'sessionGeneration'>,
  account: Generations | undefined,
): boolean {
  if (!account || isDisabled(account)) return false
  return sessionGenerationOf(session) === sessionGenerationOf(account)
}
