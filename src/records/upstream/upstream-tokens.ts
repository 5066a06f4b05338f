// Tokens that the upstream gave us for a person: the value of their record and its parser. The rules are
// domain/upstream-tokens/.
import { membersOf, numberOf, optional, textOf } from '../../oauth/json-members.ts'

/** The tokens of one sign-in, as the last refresh left them. */
export interface HeldTokens {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
  /** Of the access token. Absent: the upstream did not say. */
  readonly expiresAtMs?: number | undefined
  /** That the upstream granted. */
  readonly scope?: string | undefined
  /** When the upstream last confirmed them. */
  readonly checkedAtMs: number
  /** Nobody has checked yet whose they are. */
  readonly isUnconfirmed?: boolean | undefined
  /** Whether the last refresh brought another refresh token. Absent: there was none yet. */
  readonly rotates?: boolean | undefined
  /** A refresh was sent, and nobody knows its outcome: the upstream may have replaced the refresh token. */
  readonly isInDoubt?: boolean | undefined
  /** The upstream has ended them for good. */
  readonly hasEnded?: boolean | undefined
  /** After a failure: from when the upstream may be asked again. */
  readonly retryAtMs?: number | undefined
}

/** One process asks the upstream at a time. */
export interface TokenLease {
  readonly holder: string
  /** The key of the tokens that it refreshes. */
  readonly purpose: string
  /** If the holder has not released it by then, it was killed. */
  readonly untilMs: number
}

/** The tokens of an account, by purpose (domain/upstream-tokens/purposes.ts). */
export interface StoredUpstreamTokens {
  readonly held: Readonly<Record<string, HeldTokens>>
  readonly lease?: TokenLease | undefined
  /** As in record-values.ts. */
  readonly upstream?: string | undefined
}

/** @throws TypeError that names the member, never its value */
export function parseUpstreamTokens(value: unknown): StoredUpstreamTokens {
  const record = membersOf(value)
  const held = Object.entries(membersOf(record['held']))
  return {
    held: Object.fromEntries(held.map(([purpose, tokens]) => [purpose, parseHeld(tokens)])),
    lease: record['lease'] ? parseLease(record['lease']) : undefined,
    upstream: optional(record['upstream'], 'string', 'upstream'),
  }
}

function parseHeld(value: unknown): HeldTokens {
  const tokens = membersOf(value)
  return {
    accessToken: textOf(tokens, 'accessToken'),
    refreshToken: optional(tokens['refreshToken'], 'string', 'refreshToken'),
    expiresAtMs: optional(tokens['expiresAtMs'], 'number', 'expiresAtMs'),
    scope: optional(tokens['scope'], 'string', 'scope'),
    checkedAtMs: numberOf(tokens, 'checkedAtMs'),
    isUnconfirmed: optional(tokens['isUnconfirmed'], 'boolean', 'isUnconfirmed'),
    rotates: optional(tokens['rotates'], 'boolean', 'rotates'),
    isInDoubt: optional(tokens['isInDoubt'], 'boolean', 'isInDoubt'),
    hasEnded: optional(tokens['hasEnded'], 'boolean', 'hasEnded'),
    retryAtMs: optional(tokens['retryAtMs'], 'number', 'retryAtMs'),
  }
}

function parseLease(value: unknown): TokenLease {
  const lease = membersOf(value)
  return {
    holder: textOf(lease, 'holder'),
    purpose: textOf(lease, 'purpose'),
    untilMs: numberOf(lease, 'untilMs'),
  }
}
