// The account that the engine works with, if it may be used: it is not disabled, its browser session and the approval that
// this request resumes with are not older than its last sign-out everywhere (domain/access/liveness.ts).
import type { Account, KoaContextWithOIDC } from 'oidc-provider'
import {
  generationOf,
  isDisabled,
  isSessionLive,
  sessionGenerationOf,
} from '../../domain/access/liveness.ts'
import type { ReleasedClaims } from '../../domain/access/released-claims.ts'
import { parseScope } from '../../oauth/scopes.ts'
import type { GrantListStore, OpenGrantList } from '../../records/access/grant-list-store.ts'
import type { StoredAccount } from '../../records/record-values.ts'
import type { AccountLookup } from '../adapters/account-lookup.ts'
import { asEngineError } from '../engine-errors.ts'
import {
  endpointOf,
  isOpenedByPerson,
  type SessionWithGeneration,
  toTokenSource,
} from '../internals.ts'
import type { RevalidateAccount } from '../tokens/account-revalidation.ts'
import type { TokenIssuance } from '../tokens/token-issuance.ts'

export interface SignedInAccount extends Account {
  readonly stored: StoredAccount
  /** Being read, if the request resumes an approved authorization. */
  readonly grantList: Promise<OpenGrantList> | undefined
}

/** Members of an interaction's result: the generations of the account when the person approved. */
export function approvalOf(account: StoredAccount) {
  return {
    generation: generationOf(account),
    sessionGeneration: sessionGenerationOf(account),
  }
}

/** The account of this request, once the engine has it. */
export function findSignedInAccount(
  ctx: KoaContextWithOIDC | undefined,
): SignedInAccount | undefined {
  const account: Account | undefined = ctx?.oidc.account
  return account && 'stored' in account ? (account as SignedInAccount) : undefined // createAccountFinder made it
}

/** The engine's `findAccount`. */
export function createAccountFinder(options: {
  accountLookup: Pick<AccountLookup, 'find'>
  grantLists: Pick<GrantListStore, 'open'>
  issuance: Pick<TokenIssuance, 'admit'>
  releasedClaims: Pick<ReleasedClaims, 'select'>
  revalidate: RevalidateAccount
}) {
  const { accountLookup, grantLists, issuance, releasedClaims } = options

  function beginGrantList(ctx: KoaContextWithOIDC, sub: string) {
    if (endpointOf(ctx) !== 'resume' || !ctx.oidc.result?.consent) return undefined
    const reading = grantLists.open(sub)
    // If the request fails before it needs the list, nobody waits for this.
    reading.catch(() => {})
    return reading
  }

  return async (
    ctx: KoaContextWithOIDC,
    sub: string,
    source?: object,
  ): Promise<SignedInAccount | undefined> => {
    const grantList = beginGrantList(ctx, sub)
    const known = await asEngineError(accountLookup.find(sub))
    if (!known || isDisabled(known)) return undefined
    if (isOpenedByPerson(ctx) && !isSignedIn(ctx, known)) return undefined
    // Every grant type of the engine comes here with what it redeems, before it issues anything.
    const redeemed = source && toTokenSource(source)
    const stored = redeemed ? await options.revalidate(ctx, known, redeemed) : known
    if (redeemed) await issuance.admit(ctx, stored, redeemed)
    return {
      accountId: sub,
      stored,
      grantList,
      claims: async (_use, scope) => ({
        ...releasedClaims.select(stored, parseScope(scope)),
        sub,
      }),
    }
  }
}

function isSignedIn(ctx: KoaContextWithOIDC, account: StoredAccount): boolean {
  const { result } = ctx.oidc
  const session: SessionWithGeneration | undefined = ctx.oidc.session
  if (!session) return false
  // The sign-in was at the callback: an end since then ends this session too.
  if (result?.login) session.sessionGeneration = toGeneration(result['sessionGeneration'])
  if (!isSessionLive(session, account)) {
    // The engine goes on with the session of a browser in which nobody is signed in.
    delete session.accountId
    delete session.loginTs
    delete session.authorizations
    return false
  }
  return result === undefined || toGeneration(result['generation']) === generationOf(account)
}

/** Absent in interactions from before accounts had generations. */
const toGeneration = (value: unknown) => (typeof value === 'number' ? value : 0)
