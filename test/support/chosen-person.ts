// An upstream without pages, whose answer the test chooses: it signs in the same person each time, with the claims of
// the moment. For tests of what happens when claims change.

import { randomBytes } from 'node:crypto'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import type { Identity } from '../../src/upstream/identity.ts'
import type { RelyingParty } from '../../src/upstream/relying-party.ts'
import { type Authorization, isAnswer, REDIRECT_URI } from './journey.ts'

export interface ChosenPerson {
  /** Whom the upstream signs in from now on. */
  identity: Identity
  /** How the upstream answers when it is asked again. */
  refresh: RelyingParty['refresh']
  readonly relyingParty: RelyingParty
  /** The sign-ins that this server asked for. */
  readonly signIns: readonly Parameters<RelyingParty['begin']>[0][]
}

/** A person whose verified address is `email`, at a provider that ties it to its domain. */
export function personOf(email: string, rest: Partial<Identity> = {}): Identity {
  return {
    sub: 'person-1',
    authTime: undefined,
    claims: { name: 'Ida Rhodes', email, email_verified: true },
    verifiedEmail: email,
    emailDomain: email.slice(email.indexOf('@') + 1),
    accessClaims: {},
    sid: undefined,
    tokens: undefined,
    ...rest,
  }
}

export function createChosenPerson(identity: Identity): ChosenPerson {
  const unused = () => Promise.reject(new Error('not used'))
  const signIns: Parameters<RelyingParty['begin']>[0][] = []
  const person: ChosenPerson = {
    identity,
    refresh: unused,
    signIns,
    relyingParty: {
      async check() {},
      async begin(request) {
        signIns.push(request)
        const state = randomBytes(16).toString('base64url')
        return { url: `/callback?code=x&state=${state}`, state, nonce: 'n', codeVerifier: 'v' }
      },
      complete: async () => person.identity,
      refresh: (...args) => person.refresh(...args),
      readUserinfo: unused,
    },
  }
  return person
}

/** Opens the request and presses Allow, if there is a consent page. Returns the page or redirect after it. */
export async function allowAs(
  authorization: Authorization,
  agent: UserAgent = createUserAgent(),
): Promise<Page> {
  const until = isAnswer(REDIRECT_URI)
  const page = await agent.open(authorization.url, { until })
  return page.body.includes('csrf_token') ? agent.submit(page, { button: /^Allow/, until }) : page
}
