// The parsers of the records in this folder, for record-parsers.ts.
import { listOf, membersOf, numberOf, optional, textOf, textsOf } from '../../oauth/json-members.ts'
import type { ListedGrant, RecordValues } from '../record-values.ts'

type Kind = 'AccountEmail' | 'GrantList' | 'UpstreamSession'

/** Each throws a TypeError that names the member, never its value. */
export const ACCESS_PARSERS: { readonly [K in Kind]: (value: unknown) => RecordValues[K] } = {
  AccountEmail(value) {
    const { subs, upstream } = membersOf(value)
    return { subs: textsOf(subs, 'sub'), upstream: optional(upstream, 'string', 'upstream') }
  },
  GrantList(value) {
    const { grants, upstream } = membersOf(value)
    return {
      grants: listOf(grants).map(parseListedGrant),
      upstream: optional(upstream, 'string', 'upstream'),
    }
  },
  UpstreamSession(value) {
    const session = membersOf(value)
    return {
      sub: textOf(session, 'sub'),
      upstream: optional(session['upstream'], 'string', 'upstream'),
    }
  },
}

function parseListedGrant(value: unknown): ListedGrant {
  const listed = membersOf(value)
  return {
    grant: textOf(listed, 'grant'),
    generation: numberOf(listed, 'generation'),
    clientId: textOf(listed, 'clientId'),
    resource: textOf(listed, 'resource'),
    scopes: textsOf(listed['scopes'], 'scope'),
    createdAt: numberOf(listed, 'createdAt'),
  }
}
