// The public keys that verify a client's assertions (RFC 7517).

export interface KeySet {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

const MAX_KEYS = 20

/** By key type; a Map, since `kty` may be the name of a property of every object. */
const REQUIRED_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
  ['OKP', ['crv', 'x']],
])

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined: not a JWK Set. Ignores keys that cannot verify a signature, and unknown members of keys. */
export function parseKeySet(value: unknown): KeySet | undefined {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) return undefined
  const usable = keys.map(readKey).filter((key) => key !== undefined)
  return { keys: usable.slice(0, MAX_KEYS) }
}

function readKey(key: Members): Record<string, string> | undefined {
  const { kty } = key
  const required = typeof kty === 'string' ? REQUIRED_MEMBERS.get(kty) : undefined
  const isComplete = required?.every((name) => typeof key[name] === 'string' && key[name] !== '')
  if (!required || !isComplete || (key['use'] ?? 'sig') !== 'sig') return undefined
  const names = ['kty', 'kid', 'alg', 'use', ...required]
  const members: Record<string, string> = {}
  for (const name of names) {
    const member = key[name]
    if (typeof member === 'string' && member !== '') members[name] = member
  }
  return members
}

/** Whether the set has a key with this `kid`; without a `kid`, any key may be the one. */
export function holdsKey({ keys }: KeySet, kid: string | undefined): boolean {
  return kid === undefined || keys.some((key) => key['kid'] === kid)
}
