// Ends access when the upstream says so: OpenID Connect Back-Channel Logout 1.0, and global
// token revocation (draft-parecki-oauth-global-token-revocation-06; Okta calls it Universal Logout). The upstream can name only
// its own people. Both are kill switches over end-access.ts.
import type { UpstreamEventSettings } from '../../config/upstream/event-settings.ts'
import type { UpstreamConfig } from '../../config/upstream/upstream-config.ts'
import { AppError, type AppErrorCode } from '../../errors.ts'
import { isObject, isText } from '../../oauth/json-members.ts'
import type { PersonIndex } from '../../records/access/person-index.ts'
import type { ReplayStore } from '../../records/replay-store.ts'
import type { Identity } from '../../upstream/identity.ts'
import {
  type ExpectedStatement,
  type SignedStatements,
  StatementRejected,
  type VerifiedStatement,
} from '../../upstream/statements/signed-statements.ts'
import type { Accounts } from '../account.ts'
import type { AccessControl } from './end-access.ts'
import { createSubjectIdentifiers } from './subject-identifiers.ts'

export interface UpstreamEvents {
  /** Call at each sign-in, with the subject of its account: later events may name it in another way. */
  note(identity: Identity, sub: string): Promise<void>
  /** Call before an account gets an address between sign-ins. @param email verified */
  noteAddress(email: string | undefined, sub: string): Promise<void>
  /** @throws AppError invalid_logout_token, upstream_unavailable, not_found if it is off */
  logOut(logoutToken: string): Promise<void>
  /**
   * @param assertion the JWT of the Authorization header
   * @param body of the request, parsed
   * @throws AppError invalid_revocation_token (401), invalid_revocation_request (400), subject_not_allowed (403),
   * subject_unknown (404), upstream_unavailable (503), not_found if it is off
   */
  revoke(assertion: string, body: unknown): Promise<void>
}

/** Back-Channel Logout 1.0 §2.4: `logout+jwt` is recommended, and some providers send `JWT` or nothing. */
const LOGOUT_TYPES = ['logout+jwt', 'jwt', undefined]
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** The type that Okta sends. The draft has none, but without one an ID token could pass. */
export const REVOCATION_TYPE = 'global-token-revocation+jwt'

/** Longer than a request may take (http/middleware/request-deadline.ts). */
const TRIAL_SECONDS = 15

export function createUpstreamEvents(options: {
  settings: UpstreamEventSettings
  upstream: Pick<UpstreamConfig, 'issuer' | 'clientId' | 'subjectClaims'>
  /** Our endpoint, which a revocation must be addressed to. */
  revocationUrl: string
  /** Of the upstream, and of the one that sends revocations. */
  statements: { readonly logout: SignedStatements; readonly revocation: SignedStatements }
  access: Pick<AccessControl, 'endAccess'>
  accounts: Pick<Accounts, 'find' | 'subjectOf'>
  people: PersonIndex
  replays: ReplayStore
}): UpstreamEvents {
  const { settings, upstream, statements, access, accounts, people, replays } = options
  const { backchannelLogout, globalTokenRevocation } = settings
  const subjects = createSubjectIdentifiers({
    ...options,
    issuers: [upstream.issuer, statements.revocation.issuer],
    emailDomains: globalTokenRevocation.emailDomains,
  })

  async function verify(
    from: SignedStatements,
    {
      statement,
      fault,
      ...expected
    }: ExpectedStatement & { statement: string; fault: AppErrorCode },
  ): Promise<VerifiedStatement> {
    try {
      return await from.verify(statement, expected)
    } catch (error) {
      if (!(error instanceof StatementRejected)) throw error
      throw new AppError(fault, { cause: error, detail: error.message })
    }
  }

  /**
   * A statement that did its work counts once. If the work failed, or nobody knows (the process was killed, the store went away),
   * the statement may be sent again, at the latest after a few seconds: all work can be repeated.
   */
  async function once(
    { iss = '', jti, exp }: VerifiedStatement,
    fault: AppErrorCode,
    work: () => Promise<void>,
  ): Promise<void> {
    const use = replays.use(`statement of ${iss}`, jti, exp + 300)
    const trial = use.try(TRIAL_SECONDS)
    const undo = () => trial.undo(1).catch(() => {})
    // The work is done: a store that is away by now must not make it fail. The sender could only send it once more.
    const confirm = () => use.confirm().catch(() => {})
    const isFirst = await trial.isDone.catch(async (error: unknown) => {
      await undo()
      throw error
    })
    if (!isFirst) throw new AppError(fault, { detail: 'It was used before.' })
    try {
      await work()
    } catch (error) {
      const isRefused = error instanceof AppError && error.status < 500
      await (isRefused ? confirm() : undo())
      throw error
    }
    await confirm()
  }

  async function endAll(
    subs: readonly string[],
    end: { what: 'everything' | 'sessions'; reason: 'global_revocation' | 'backchannel_logout' },
  ): Promise<boolean> {
    const isKnown = await Promise.all(subs.map((sub) => access.endAccess({ sub, ...end })))
    return isKnown.includes(true)
  }

  /** The form that somebody may name people by. */
  function findName(email: string | undefined): string | undefined {
    if (email === undefined || !globalTokenRevocation.enabled) return undefined
    return subjects.canonicalEmail(email)
  }

  return {
    async note({ sid, verifiedEmail }, sub) {
      const name = findName(verifiedEmail)
      await Promise.all([
        sid && backchannelLogout !== 'off' ? people.saveSession(sid, sub) : undefined,
        name === undefined ? undefined : people.saveEmail(name, sub),
      ])
    },

    async noteAddress(email, sub) {
      const name = findName(email)
      if (name === undefined || (await people.findEmail(name)).includes(sub)) return
      await people.saveEmail(name, sub)
    },

    async logOut(statement) {
      if (backchannelLogout === 'off') throw new AppError('not_found')
      const fault = 'invalid_logout_token'
      const claims = await verify(statements.logout, {
        statement,
        fault,
        types: LOGOUT_TYPES,
        audience: upstream.clientId,
      })
      const { events, nonce } = claims
      const sub = subjects.isNamedBySub ? claims.sub : undefined
      const sid = claims['sid']
      // §2.6: `events` tells it from an ID token, and so does the absence of `nonce`.
      const isLogout = isObject(events) && isObject(events[LOGOUT_EVENT])
      if (!isLogout || nonce !== undefined)
        throw new AppError(fault, { detail: 'It is no logout token.' })
      if (!isText(sub) && !isText(sid))
        throw new AppError(fault, { detail: 'It names no person and no session.' })
      await once(claims, fault, async () => {
        const [named, bySession] = await Promise.all([
          isText(sub) ? accounts.subjectOf(sub) : undefined,
          isText(sid) ? people.findSession(sid) : undefined,
        ])
        const what = backchannelLogout === 'grants' ? 'everything' : 'sessions'
        const subs = new Set([named, bySession].filter(isText))
        // A person who is unknown here has been logged out (§2.7).
        await endAll([...subs], { what, reason: 'backchannel_logout' })
      })
    },

    async revoke(statement, body) {
      if (!globalTokenRevocation.enabled) throw new AppError('not_found')
      const fault = 'invalid_revocation_token'
      const claims = await verify(statements.revocation, {
        statement,
        fault,
        types: [REVOCATION_TYPE],
        audience: options.revocationUrl,
      })
      const request = isObject(body) ? body : {}
      // Earlier drafts, which some callers follow, say `subject`.
      const subjectId = request['sub_id'] ?? request['subject']
      if (!isObject(subjectId)) throw new AppError('invalid_revocation_request')
      await once(claims, fault, async () => {
        const subs = await subjects.find(subjectId)
        const isKnown = await endAll(subs, { what: 'everything', reason: 'global_revocation' })
        if (!isKnown) throw new AppError('subject_unknown')
      })
    },
  }
}
