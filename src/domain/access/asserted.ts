// Puts an answer of the upstream into an account. Without an ID token, an answer may say less than the sign-in did: what
// it leaves out is unknown then, not absent, and must not lift a rule that denies (docs/access.md).
import type { StoredAccount } from '../../records/record-values.ts'
import type { Identity } from '../../upstream/identity.ts'

type Description = Pick<
  StoredAccount,
  'claims' | 'verifiedEmail' | 'emailDomain' | 'accessClaims' | 'unknownClaims' | 'isAddressUnknown'
>

/** @param known the account as it was; undefined: there was none */
export function describePerson(identity: Identity, known: StoredAccount | undefined): Description {
  const { claims, verifiedEmail, emailDomain, accessClaims } = identity
  const told = { claims, verifiedEmail, emailDomain, accessClaims }
  if (!identity.isPartial || !known) {
    return { ...told, unknownClaims: undefined, isAddressUnknown: undefined }
  }
  const names = [...Object.keys(known.accessClaims ?? {}), ...(known.unknownClaims ?? [])]
  const unknownClaims = names.filter((name) => !Object.hasOwn(accessClaims, name))
  const hadAddress = known.claims['email'] !== undefined || known.isAddressUnknown === true
  return {
    ...told,
    unknownClaims: unknownClaims.length === 0 ? undefined : unknownClaims,
    isAddressUnknown: hadAddress && claims['email'] === undefined ? true : undefined,
  }
}

/** Whether a new sign-in would tell more about the person. */
export function isPartlyUnknown({
  unknownClaims,
  isAddressUnknown,
}: Pick<StoredAccount, 'unknownClaims' | 'isAddressUnknown'>): boolean {
  return unknownClaims !== undefined || isAddressUnknown === true
}
