// The form of the consent page, and of the page that refuses a person.
import { parseScope } from '../../oauth/scopes.ts'
import { NO_ACCESS } from '../views/refusal-page.ts'

export interface ConsentAnswer {
  readonly wantsAnotherAccount: boolean
  /** Scopes from before that the page listed. */
  readonly keptScopes: readonly string[]
  /** Those of the request that the page listed; undefined: all. */
  readonly listedScopes: readonly string[] | undefined
  /** The person goes back to the client because the access rules refuse them. */
  readonly isRefused: boolean
}

export function parseAnswer(form: URLSearchParams): ConsentAnswer {
  const listed = form.get('listed_scopes')
  return {
    wantsAnotherAccount: form.get('account') === 'another',
    keptScopes: parseScope(form.get('kept_scopes') ?? undefined),
    listedScopes: listed === null ? undefined : parseScope(listed),
    isRefused: form.get('reason') === NO_ACCESS,
  }
}
