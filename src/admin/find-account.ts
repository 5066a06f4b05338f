// The account that a command names: by its subject, by the reference of audit events, or by an e-mail address.
import type { ListedRecord } from '../records/listing/record-listing.ts'
import type { StoredAccount } from '../records/record-values.ts'
import { AdminError } from './admin-error.ts'
import type { AdminRecords } from './open-records.ts'
import { Unreadable } from './page.ts'
import { neutralise } from './terminal-text.ts'

export type FoundAccount = ListedRecord<'Account'> & { readonly value: StoredAccount }

const MOST_NAMED = 5
/** A hash, as key-names.ts makes it. */
const REFERENCE = /^[\w-]{43}$/

/**
 * A subject comes first, then a reference. An address is compared as a whole, without regard to case.
 * @throws AdminError if there is none, or several have this address
 */
export async function findAccount(
  { listing }: Pick<AdminRecords, 'listing'>,
  name: string,
): Promise<FoundAccount> {
  const record =
    (await listing.find('Account', name)) ??
    (REFERENCE.test(name) ? await listing.findByHash('Account', name) : undefined)
  if (record?.value) return { ...record, value: record.value }
  if (record) throw new AdminError(WHY_NOT[record.state])
  const found = new Map<string, FoundAccount>()
  if (name.includes('@')) {
    for await (const account of new Unreadable().skip(listing.list('Account'))) {
      if (emailOf(account.value)?.address.toLowerCase() === name.toLowerCase()) {
        found.set(account.value.sub, account)
      }
    }
  }
  const [account, ...others] = found.values()
  if (!account) throw new AdminError(`there is no account with the subject or address ${name}`)
  if (others.length > 0) {
    const subjects = [...found.keys()].slice(0, MOST_NAMED).map(neutralise).join(', ')
    throw new AdminError(
      `${found.size} accounts have this address; name one by its subject: ${subjects}`,
    )
  }
  return account
}

const WHY_NOT: Readonly<Record<FoundAccount['state'], string>> = {
  readable: 'the account is empty',
  otherUpstream:
    'the account belongs to another upstream: set UPSTREAM_ISSUER to that for this command',
  foreign: 'the account is sealed under a secret that SESSION_SECRET lacks',
  damaged: 'the record of the account is damaged, or of a newer release',
}

/** Whether an address is verified decides whether rules may use it. */
export function emailOf(
  account: StoredAccount,
): { readonly address: string; readonly isVerified: boolean } | undefined {
  if (account.verifiedEmail !== undefined) {
    return { address: account.verifiedEmail, isVerified: true }
  }
  const { email } = account.claims
  return typeof email === 'string' ? { address: email, isVerified: false } : undefined
}
