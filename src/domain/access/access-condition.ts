// Whether a condition of an access rule holds for a person. Unknown facts about a person never count in their
// favour: docs/access.md has the meaning of each case.
import type {
  AccessCondition,
  DomainPattern,
  ValuePattern,
} from '../../config/access/access-conditions.ts'
import { type EmailAddress, parseEmailAddress } from '../../oauth/email-address.ts'
import type { Members } from '../../oauth/json-members.ts'
import { matchesGlob } from './glob.ts'

/** The facts about a person that rules may use: members of an account, and those of an identity. */
export interface AccessSubject {
  /** OpenID Connect claims; `email` may be an address that nobody has verified. */
  readonly claims: Members
  readonly verifiedEmail?: string | undefined
  readonly emailDomain?: string | undefined
  readonly accessClaims?: Members | undefined
  /** Claims that the person may have by now, and with which value nobody knows (asserted.ts). */
  readonly unknownClaims?: readonly string[] | undefined
  /** The same of the address. */
  readonly isAddressUnknown?: boolean | undefined
}

/** `unknown`: what is known leaves both open. */
export type Truth = 'yes' | 'no' | 'unknown'

type Evaluate = (condition: AccessCondition) => Truth

const NEGATED = { yes: 'no', no: 'yes', unknown: 'unknown' } as const

/**
 * @param absent what a condition on a claim or an address says about a person who has none: `unknown` in a rule that
 *   allows, so that `not` does not let them in; `no` in one that denies, so that `not` denies them
 */
export function createEvaluation(subject: AccessSubject, absent: 'unknown' | 'no'): Evaluate {
  const emails = readEmails(subject)

  const evaluate: Evaluate = (condition) => {
    switch (condition.kind) {
      case 'all':
        return foldTruth(condition.conditions, evaluate, 'no')
      case 'any':
        return foldTruth(condition.conditions, evaluate, 'yes')
      case 'not':
        return NEGATED[evaluate(condition.condition)]
      case 'email': {
        if (subject.isAddressUnknown) return 'unknown'
        const { verified, asserted } = emails()
        const isListed = (email: EmailAddress | undefined) =>
          email !== undefined && condition.addresses.includes(email.address)
        if (isListed(verified)) return 'yes'
        if (isListed(asserted)) return 'unknown'
        return verified ? 'no' : absent
      }
      case 'emailDomain': {
        if (subject.isAddressUnknown) return 'unknown'
        const { verified, asserted } = emails()
        const { domains } = condition
        const isListed = (domain: string | undefined) =>
          domain !== undefined && domains.some((pattern) => matchesDomain(pattern, domain))
        if (isListed(subject.emailDomain)) return 'yes'
        // An address that is not verified, or that its provider does not tie to the domain.
        if (isListed(verified?.domain) || isListed(asserted?.domain)) return 'unknown'
        return subject.emailDomain === undefined ? absent : 'no'
      }
      case 'claim': {
        if (subject.unknownClaims?.includes(condition.claim)) return 'unknown'
        const claims = subject.accessClaims ?? {}
        const value = Object.hasOwn(claims, condition.claim) ? claims[condition.claim] : undefined
        if (value === undefined || value === null) return absent
        return testClaim(value, condition.patterns)
      }
    }
  }
  return evaluate
}

/** @param decisive the value that one condition is enough for */
function foldTruth(
  conditions: readonly AccessCondition[],
  evaluate: Evaluate,
  decisive: 'yes' | 'no',
): Truth {
  let result: Truth = NEGATED[decisive]
  for (const condition of conditions) {
    const truth = evaluate(condition)
    if (truth === decisive) return decisive
    if (truth === 'unknown') result = 'unknown'
  }
  return result
}

/** Parsed when the first condition asks. */
function readEmails({ claims, verifiedEmail }: AccessSubject) {
  const parse = (email: unknown) =>
    typeof email === 'string' ? parseEmailAddress(email) : undefined
  let emails: { verified: EmailAddress | undefined; asserted: EmailAddress | undefined } | undefined
  return () => {
    emails ??= { verified: parse(verifiedEmail), asserted: parse(claims['email']) }
    return emails
  }
}

function matchesDomain({ domain, isParent }: DomainPattern, given: string): boolean {
  return isParent ? given.endsWith(`.${domain}`) : given === domain
}

/** One value, or a list of which one is enough. Values are compared as text: some providers send "true" for true. */
function testClaim(value: unknown, patterns: readonly ValuePattern[]): Truth {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  let isReadable = true
  for (const one of values) {
    if (!['string', 'number', 'boolean'].includes(typeof one)) isReadable = false
    else if (patterns.some((pattern) => matchesValue(pattern, String(one)))) return 'yes'
  }
  return isReadable ? 'no' : 'unknown'
}

function matchesValue({ text, isGlob }: ValuePattern, value: string): boolean {
  return isGlob ? matchesGlob(text, value) : value === text
}
