// When the engine pauses for a person: for approval, unless grant.ts has made a Grant, and for a sign-in if no
// known account is signed in.
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { hasSavedGrant } from '../internals.ts'

const { base, Check } = interactionPolicy

export function createInteractionPolicy(): interactionPolicy.DefaultPolicy {
  const policy = base()
  // A session whose account record has expired does not count: the engine would continue without an account.
  const hasNoAccount = new Check(
    'no_account',
    'the account has expired',
    'login_required',
    ({ oidc }: KoaContextWithOIDC) =>
      oidc.session?.accountId !== undefined && oidc.account === undefined,
  )
  // docs/requirements.md A31: consent for each client, before the upstream hears of it.
  const isNotApproved = new Check(
    'not_approved',
    'the authorization has not been approved',
    'consent_required',
    (ctx: KoaContextWithOIDC) => !hasSavedGrant(ctx),
  )
  policy.get('login')?.checks.add(hasNoAccount)
  // It asks for every client that has a loopback redirect URI; domain/consent.ts looks at the URI of this
  // request instead.
  policy.get('consent')?.checks.remove('native_client_prompt')
  // First, because the first check that fails names the error of prompt=none.
  policy.get('consent')?.checks.add(isNotApproved, 0)
  return policy
}
