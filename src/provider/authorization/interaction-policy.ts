// When the engine pauses for a person: for approval, unless grant.ts has made a Grant by then, and for
// login when no known account is signed in.
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

const { base, Check } = interactionPolicy

export function createInteractionPolicy(): interactionPolicy.DefaultPolicy {
  const policy = base()
  // A session whose account record has lapsed is no login: the engine would go on without an account.
  const hasNoAccount = new Check(
    'no_account',
    'the account is not known any more',
    'login_required',
    ({ oidc }: KoaContextWithOIDC) =>
      oidc.session?.accountId !== undefined && oidc.account === undefined,
  )
  // mcp-requirements A31: consent for each client, before the upstream hears of it.
  const isNotApproved = new Check(
    'not_approved',
    'the authorization was not approved yet',
    'consent_required',
    // The engine has put an empty one there otherwise, which was never saved.
    ({ oidc }: KoaContextWithOIDC) => oidc.entities.Grant?.jti === undefined,
  )
  policy.get('login')?.checks.add(hasNoAccount)
  // Asks for every client that may also be answered at a loopback address; domain/consent.ts looks at
  // the address that this answer goes to.
  policy.get('consent')?.checks.remove('native_client_prompt')
  // First, since the first check that fails names the error of prompt=none.
  policy.get('consent')?.checks.add(isNotApproved, 0)
  return policy
}
