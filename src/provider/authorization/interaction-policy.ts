// When the engine pauses for a person: for approval, unless grant.ts has made a Grant, and for a sign-in if no
// known account is signed in.
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { hasSavedGrant } from '../internals.ts'

const { base, Check } = interactionPolicy

/** @throws Error if the engine's policy lacks a prompt or check that this one changes */
export function createInteractionPolicy(policy = base()): interactionPolicy.DefaultPolicy {
  const login = requirePart(policy.get('login'), 'the prompt login')
  const consent = requirePart(policy.get('consent'), 'the prompt consent')
  requirePart(consent.checks.get('native_client_prompt'), 'the check native_client_prompt')
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
  login.checks.add(hasNoAccount)
  // It asks for every client that has a loopback redirect URI; domain/consent.ts looks at the URI of this
  // request instead.
  consent.checks.remove('native_client_prompt')
  // First, because the first check that fails names the error of prompt=none.
  consent.checks.add(isNotApproved, 0)
  return policy
}

function requirePart<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`the engine's interaction policy lacks ${name}`)
  return part
}
