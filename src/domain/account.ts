// Accounts: people as the upstream describes them. Their subject is the same at every sign-in: the upstream's, or
// derived from it (docs/adr/0017-accounts-by-issuer.md).
import type { Config } from '../config/load.ts'
import { markOfIssuer, subjectOf } from '../oauth/issuer.ts'
import type { AccountStore } from '../records/access/account-store.ts'
import type { StoredAccount } from '../records/record-values.ts'
import type { HomeUpstream } from '../records/upstream/home-upstream.ts'
import type { Identity } from '../upstream/identity.ts'
import { describePerson } from './access/asserted.ts'
import { firstGenerations } from './access/liveness.ts'

export interface Accounts {
  find(sub: string): Promise<StoredAccount | undefined>
  /** The account's subject. @param sub of the upstream */
  subjectOf(sub: string): Promise<string>
  /**
   * Saves what the upstream asserted at a sign-in.
   * @param options.isNewKept false: an account that is not there yet is returned, and not saved
   */
  remember(
    identity: Identity,
    options?: { isNewKept: boolean },
  ): Promise<{ account: StoredAccount; isKept: boolean }>
  /**
   * Saves what the upstream says later about the person of an account.
   * @returns the account; undefined if it is about somebody else, or there is no such account: then nothing is saved
   */
  update(sub: string, identity: Identity): Promise<StoredAccount | undefined>
  /** Keeps the account for as long as a grant made now can live; undefined if there is none. */
  renew(sub: string): Promise<StoredAccount | undefined>
  /** Some of its live grants had to leave its grant list. */
  noteUnlistedGrants(sub: string): Promise<void>
}

export function createAccounts(options: {
  accounts: AccountStore
  homeUpstream: Pick<HomeUpstream, 'getMark'>
  config: { readonly upstream: Pick<Config['upstream'], 'subjectIssuer'> }
  now: () => number
}): Accounts {
  const { accounts, homeUpstream, now } = options
  const issuer = options.config.upstream.subjectIssuer
  const findSubject = async (sub: string) => {
    const isHome = (await homeUpstream.getMark()) === markOfIssuer(issuer)
    return subjectOf(issuer, sub, { isHome })
  }
  const assertedBy = (identity: Identity, known?: StoredAccount) => ({
    ...describePerson(identity, known),
    checkedAtMs: now(),
  })
  return {
    find: (sub) => accounts.find(sub),
    subjectOf: findSubject,
    async remember(identity, { isNewKept } = { isNewKept: true }) {
      const sub = await findSubject(identity.sub)
      // The other members are not the upstream's to change: a sign-in must not enable a disabled account.
      const account = { sub, ...assertedBy(identity) }
      const added = { ...firstGenerations(now()), ...account }
      const saved = await accounts.change(sub, (known) => {
        if (known) return { ...known, ...account }
        return isNewKept ? added : undefined
      })
      return { account: saved ?? added, isKept: saved !== undefined }
    },
    async update(sub, identity) {
      if ((await findSubject(identity.sub)) !== sub) return undefined
      return accounts.change(sub, (known) => known && { ...known, ...assertedBy(identity, known) })
    },
    renew: (sub) => accounts.renew(sub),
    async noteUnlistedGrants(sub) {
      await accounts.change(sub, (known) =>
        // Without an account, no grant counts anyway.
        known && !known.hasUnlistedGrants ? { ...known, hasUnlistedGrants: true } : undefined,
      )
    },
  }
}

/** The person's name on pages. */
export function labelAccount(account: StoredAccount): string {
  const { email, name } = account.claims
  if (typeof name === 'string' && typeof email === 'string') return `${name} (${email})`
  if (typeof email === 'string') return email
  return typeof name === 'string' ? name : account.sub
}
