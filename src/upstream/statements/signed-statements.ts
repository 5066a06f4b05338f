// Statements of the upstream that reach this server without a browser: JWTs that it signs with its keys, about a person whose
// access or session has ended. domain/access/upstream-events.ts says what follows. Anyone can send one, so nothing is fetched
// for a statement that is not for us, and keys are fetched once for many.
import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { AppError } from '../../errors.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../discovered-upstream.ts'
import { createFetchOrThrow, TIMEOUT_SECONDS, type UpstreamFetch } from '../upstream-fetch.ts'

/** A statement that proves nothing. Its message says why, in words for the one who sent it. */
export class StatementRejected extends Error {
  override readonly name = 'StatementRejected'
}

/** The one that makes statements. */
export interface StatementIssuer {
  readonly issuer: string
  /** Its keys. @throws if they cannot be found now */
  readonly findJwksUri: () => Promise<string>
}

export interface ExpectedStatement {
  /** The accepted `typ` headers, in lower case, without `application/`. Undefined: none. */
  readonly types: readonly (string | undefined)[]
  readonly audience: string
}

export interface SignedStatements {
  readonly issuer: string
  /**
   * Checks signature, `typ`, `alg`, `iss`, `aud`, `exp`, `iat` and `nbf`. The caller checks that `jti` is used once.
   * @throws StatementRejected; AppError upstream_unavailable if the keys cannot be fetched
   */
  verify(statement: string, expected: ExpectedStatement): Promise<VerifiedStatement>
}

export interface VerifiedStatement extends JWTPayload {
  readonly jti: string
  readonly exp: number
}

/** Real statements have about 1 KB. */
const MAX_LENGTH = 8 * 1024
/** Its `jti` is remembered for as long. Real statements live for some minutes. */
const MAX_LIFETIME_SECONDS = 24 * 60 * 60
/** Never a secret (HS256) and never `none`. */
const ALGS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
  'ES384',
  'ES512',
]
/** Keys are fetched again for an unknown `kid`, but not more often than this. */
const COOLDOWN_MS = 30_000
const FRESH_MS = 5 * 60_000
/** After a failure, statements are answered with 503 for this long without another attempt. */
const FAILURE_PAUSE_MS = 5000

export function createSignedStatements(options: {
  from: StatementIssuer
  fetch?: UpstreamFetch
  now: () => number
}): SignedStatements {
  const { from, now } = options
  const { issuer } = from
  const fetchOrThrow = createFetchOrThrow(options.fetch)
  let keys: { readonly uri: string; readonly get: JWTVerifyGetKey } | undefined
  let failure: { readonly cause: unknown; readonly untilMs: number } | undefined

  async function openKeys(): Promise<JWTVerifyGetKey> {
    const uri = await from.findJwksUri()
    // It changes with the discovery document.
    if (keys?.uri === uri) return keys.get
    const get = createRemoteJWKSet(new URL(uri), {
      [customFetch]: (url, { headers, ...init }) =>
        fetchOrThrow(url, { ...init, headers: Object.fromEntries(headers), body: undefined }),
      timeoutDuration: TIMEOUT_SECONDS * 1000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: FRESH_MS,
    })
    keys = { uri, get }
    return get
  }

  /** A key of the upstream. A failure to get it is not the sender's fault. */
  const getKey: JWTVerifyGetKey = async (header, token) => {
    try {
      if (failure && now() < failure.untilMs) throw failure.cause
      return await (await openKeys())(header, token)
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey) throw cause
      if (cause instanceof errors.JWKSMultipleMatchingKeys) throw cause
      if (!failure || now() >= failure.untilMs) {
        failure = { cause, untilMs: now() + FAILURE_PAUSE_MS }
      }
      throw new AppError('upstream_unavailable', { cause })
    }
  }

  return {
    issuer,
    async verify(statement, { types, audience }) {
      checkUnverified(statement, { types, audience, issuer })
      const { payload } = await jwtVerify(statement, getKey, {
        issuer,
        audience,
        algorithms: ALGS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti'],
        currentDate: new Date(now()),
      }).catch(rejectStatement)
      return checkTimes(payload, now() / 1000)
    },
  }
}

/** The cheap checks first: they keep a stranger's JWT from causing a fetch. */
function checkUnverified(
  statement: string,
  { types, audience, issuer }: ExpectedStatement & { issuer: string },
): void {
  if (statement.length > MAX_LENGTH) throw new StatementRejected('It is larger than 8 KiB.')
  const { header, claims } = decode(statement)
  const type = header.typ?.toLowerCase().replace(/^application\//, '')
  if (!types.includes(type)) throw new StatementRejected('Its typ is another one.')
  if (!ALGS.includes(header.alg ?? '')) throw new StatementRejected('Its alg is not accepted.')
  if (claims.iss !== issuer) throw new StatementRejected('Its iss is not the sign-in service.')
  if (![claims.aud].flat().includes(audience))
    throw new StatementRejected('Its aud is another one.')
}

function decode(statement: string) {
  try {
    return { header: decodeProtectedHeader(statement), claims: decodeJwt(statement) }
  } catch (cause) {
    throw new StatementRejected('It is no signed JWT.', { cause })
  }
}

function rejectStatement(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new StatementRejected('It has expired.')
  if (error instanceof errors.JWTClaimValidationFailed) {
    throw new StatementRejected('A claim is missing, or has a wrong value.', { cause: error })
  }
  if (error instanceof errors.JOSEError) {
    throw new StatementRejected('No key of the sign-in service verifies it.', { cause: error })
  }
  throw error
}

function checkTimes(payload: JWTPayload, nowSeconds: number): VerifiedStatement {
  const { jti, exp = 0, iat = 0 } = payload
  if (typeof jti !== 'string' || jti === '') throw new StatementRejected('It has no jti.')
  if (iat > nowSeconds + CLOCK_TOLERANCE_SECONDS) {
    throw new StatementRejected('It was issued in the future.')
  }
  if (exp > nowSeconds + MAX_LIFETIME_SECONDS) {
    throw new StatementRejected('It is valid for longer than a day.')
  }
  return { ...payload, jti, exp }
}
