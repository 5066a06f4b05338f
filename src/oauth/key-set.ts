// The keys that a client signs its assertions with (RFC 7517): its public ones, member by member.

export interface KeySet {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

const MOST_KEYS = 20

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e'],
  EC: ['crv', 'x', 'y'],
  OKP: ['crv', 'x'],
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined: it is no key set. What of it verifies no signature is left out. */
export function parseKeySet(value: unknown): KeySet | undefined {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) return undefined
  const usable = keys.map(readKey).filter((key) => key !== undefined)
  return { keys: usable.slice(0, MOST_KEYS) }
}

function readKey(key: Members): Record<string, string> | undefined {
  const needed = MEMBERS[String(key['kty'])]
  const isComplete = needed?.every((name) => typeof key[name] === 'string' && key[name] !== '')
  if (!needed || !isComplete || (key['use'] ?? 'sig') !== 'sig') return undefined
  const names = ['kty', 'kid', 'alg', 'use', ...needed]
  const members: Record<string, string> = {}
  for (const name of names) {
    const member = key[name]
    if (typeof member === 'string' && member !== '') members[name] = member
  }
  return members
}

/** Whether a key of this `kid` is there; without a `kid`, any may be meant. */
export function holdsKey({ keys }: KeySet, kid: string | undefined): boolean {
  return kid === undefined || keys.some((key) => key['kid'] === kid)
}
