// When the engine pauses for a person: always for approval, and for login when no known account is
// signed in.
import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'

const { base, Check } = interactionPolicy

export function createInteractionPolicy(): interactionPolicy.DefaultPolicy {
  const policy = base()
  // A session whose account record has lapsed is no login: the engine would go on without an account.
  policy
    .get('login')
    ?.checks.add(
      new Check('no_account', 'the account is not known any more', (ctx: KoaContextWithOIDC) =>
        ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined
          ? Check.REQUEST_PROMPT
          : Check.NO_NEED_TO_PROMPT,
      ),
    )
  // mcp-requirements A31: consent for each client, before the upstream hears of it.
  policy
    .get('consent')
    ?.checks.add(
      new Check(
        'not_approved',
        'the authorization was not approved yet',
        (ctx: KoaContextWithOIDC) =>
          ctx.oidc.result?.consent ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    )
  return policy
}
