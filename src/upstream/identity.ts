// What the upstream asserted about a person at one login, checked and reduced to the standard claims.
import { z } from 'zod'

export interface Identity {
  readonly sub: string
  /** Seconds since the epoch: when the upstream says that the person proved who they are. */
  readonly authTime: number | undefined
  /** OpenID Connect Core §5.1 claims, by their standard names; `sub` is not among them. */
  readonly claims: Readonly<Record<string, string | number | boolean>>
}

const text = z.string().min(1).max(2000)

const CLAIMS: Readonly<Record<string, z.ZodType<string | number | boolean>>> = {
  name: text,
  given_name: text,
  family_name: text,
  middle_name: text,
  nickname: text,
  preferred_username: text,
  profile: text,
  picture: text,
  website: text,
  zoneinfo: text,
  locale: text,
  updated_at: z.number(),
  email: text,
  // Some providers send the word instead of the boolean.
  email_verified: z.preprocess((value) => (value === 'true' ? true : value), z.boolean()),
}

// OpenID Connect Core §2: `sub` is at most 255 ASCII characters.
const subject = z.string().min(1).max(255)

/**
 * The identity in ID token and userinfo claims, where the ID token wins. A claim of the wrong type is
 * left out.
 * @throws ZodError without a usable `sub`.
 */
export function parseIdentity(
  idToken: Readonly<Record<string, unknown>>,
  userinfo: Readonly<Record<string, unknown>> = {},
): Identity {
  const sub = subject.parse(idToken['sub'])
  const claims: Record<string, string | number | boolean> = {}
  for (const [name, schema] of Object.entries(CLAIMS)) {
    const parsed = schema.safeParse(idToken[name] ?? userinfo[name])
    if (parsed.success) claims[name] = parsed.data
  }
  const authTime = z.int().positive().safeParse(idToken['auth_time']).data
  return { sub, authTime, claims }
}

/** Whether claims that people and /userinfo look for are absent, so that userinfo is worth a request. */
export function needsUserinfo(claims: Readonly<Record<string, unknown>>, scope: string): boolean {
  const scopes = scope.split(' ')
  return (
    (scopes.includes('profile') && claims['name'] === undefined) ||
    (scopes.includes('email') && claims['email'] === undefined)
  )
}
