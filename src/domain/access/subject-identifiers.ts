// Whom a subject identifier (RFC 9493) of the upstream means. An issuer can name its own people only, and people by their
// e-mail address only in the domains that the operator gave it.
import type { UpstreamConfig } from '../../config/upstream/upstream-config.ts'
import { AppError } from '../../errors.ts'
import { isText, type Members } from '../../oauth/json-members.ts'
import type { PersonIndex } from '../../records/access/person-index.ts'
import type { Accounts } from '../account.ts'

interface SubjectIdentifiers {
  /** Whether the upstream's `sub` is what names people here, and no other claim. */
  readonly isNamedBySub: boolean
  /**
   * The subjects of accounts, some of which may not exist.
   * @throws AppError invalid_revocation_request, subject_not_allowed
   */
  find(identifier: Members): Promise<readonly string[]>
  /** The form in which an address is looked up; undefined if nobody may name people by it. */
  canonicalEmail(email: string): string | undefined
}

export function createSubjectIdentifiers(options: {
  upstream: Pick<UpstreamConfig, 'subjectClaims'>
  issuers: readonly string[]
  emailDomains: readonly string[]
  accounts: Pick<Accounts, 'find' | 'subjectOf'>
  people: Pick<PersonIndex, 'findEmail'>
}): SubjectIdentifiers {
  const { issuers, emailDomains, accounts, people } = options
  const { subjectClaims } = options.upstream
  const isNamedBySub = subjectClaims.length === 1 && subjectClaims[0] === 'sub'

  function canonicalEmail(email: string): string | undefined {
    const lower = email.toLowerCase()
    const at = lower.lastIndexOf('@')
    return at > 0 && emailDomains.includes(lower.slice(at + 1)) ? lower : undefined
  }

  async function findByEmail(email: string): Promise<readonly string[]> {
    const canonical = canonicalEmail(email)
    if (canonical === undefined) throw new AppError('subject_not_allowed')
    const subs = await people.findEmail(canonical)
    const found = await Promise.all(subs.map((sub) => accounts.find(sub)))
    // An address may have gone to somebody else since.
    return found.flatMap((account) =>
      account?.verifiedEmail?.toLowerCase() === canonical ? [account.sub] : [],
    )
  }

  return {
    isNamedBySub,
    canonicalEmail,
    async find({ format, iss, sub, email, id }) {
      if (format === 'iss_sub' && isText(iss) && isText(sub)) {
        if (!issuers.includes(iss)) throw new AppError('subject_not_allowed')
        return isNamedBySub ? [await accounts.subjectOf(sub)] : []
      }
      if (format === 'email' && isText(email)) return findByEmail(email)
      // The subject as this server has it: several claims are joined (config/upstream).
      if (format === 'opaque' && isText(id)) return [await accounts.subjectOf(id)]
      throw new AppError('invalid_revocation_request')
    },
  }
}
