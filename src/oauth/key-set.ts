// The public keys that verify a client's assertions (RFC 7517). Clients choose their keys and send what they
// like as an assertion, so the size of a key, the number of keys and the number of tries are bounded.

import { isObject, type Members } from './json-members.ts'

type Key = Readonly<Record<string, string>>

export interface KeySet {
  readonly keys: readonly Key[]
}

/** The members that a key has, by the algorithm of the signatures that it verifies. */
const MEMBERS_BY_ALG = {
  RS256: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' }, // RFC 9864 §2.2: the name that says which curve
} as const satisfies Record<string, Key>

/** The signature algorithms of assertions. */
export const ASSERTION_ALGS = Object.keys(MEMBERS_BY_ALG) as (keyof typeof MEMBERS_BY_ALG)[] // Cast: its own keys

/** For error messages. */
export const ACCEPTED_KEYS = `RSA of 2048 to 4096 bits with the exponent 65537, P-256, P-384 or Ed25519, with an alg of ${ASSERTION_ALGS.join(', ')} or none`

const MAX_KEYS = 10
/** `kid` is the one member that a client names as it likes. */
const MAX_KID_LENGTH = 256
/** OpenID Connect Core §10.1: a client with several keys names one. Without a `kid`, two cover a rotation. */
const MAX_CANDIDATES = 2

const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 4096
/** 4096 bits in base64url, and the zero octet that some libraries put before them (RFC 7518 §6.3.1.1). */
const MAX_MODULUS_LENGTH = 684
const RSA_EXPONENT = 'AQAB' // 65537

/** The length of a coordinate in base64url, by curve. */
const COORDINATE_LENGTHS: ReadonlyMap<string | undefined, number> = new Map([
  ['P-256', 43],
  ['P-384', 64],
  ['Ed25519', 43],
])

interface KeyType {
  readonly members: readonly string[]
  readonly isBounded: (key: Key) => boolean
}

/** A Map, since `kty` may be the name of a property of every object. */
const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map([
  ['RSA', { members: ['n', 'e'], isBounded: isBoundedRsa }],
  ['EC', { members: ['crv', 'x', 'y'], isBounded: isOnBoundedCurve }],
  ['OKP', { members: ['crv', 'x'], isBounded: isOnBoundedCurve }],
])

/** Undefined: not a JWK Set. Ignores keys that cannot verify an assertion, and unknown members of keys. */
export function parseKeySet(value: unknown): KeySet | undefined {
  const keys = isObject(value) ? value['keys'] : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) return undefined
  const usable = keys.map(readKey).filter((key) => key !== undefined)
  return { keys: usable.slice(0, MAX_KEYS) }
}

function readKey(key: Members): Key | undefined {
  const { kty } = key
  const type = typeof kty === 'string' ? KEY_TYPES.get(kty) : undefined
  const isComplete = type?.members.every(
    (name) => typeof key[name] === 'string' && key[name] !== '',
  )
  if (!type || !isComplete || (key['use'] ?? 'sig') !== 'sig') return undefined
  const names = ['kty', 'kid', 'alg', 'use', ...type.members]
  const members: Record<string, string> = {}
  for (const name of names) {
    const member = key[name]
    if (typeof member === 'string' && member !== '') members[name] = member
  }
  const isKept =
    type.isBounded(members) && isForAcceptedAlg(members) && isOfBoundedLength(members['kid'])
  return isKept ? members : undefined
}

/** Without an `alg`, the key may be for any algorithm that fits it. */
const isForAcceptedAlg = (key: Key) => key['alg'] === undefined || fits(key, key['alg'])

function fits(key: Key, alg: unknown): boolean {
  const known = ASSERTION_ALGS.find((name) => name === alg)
  if (known === undefined) return false
  return Object.entries(MEMBERS_BY_ALG[known]).every(([name, value]) => key[name] === value)
}

const isOfBoundedLength = (kid: string | undefined) => (kid?.length ?? 0) <= MAX_KID_LENGTH

// Verification with a large modulus or exponent takes milliseconds, and the owner of the key pays nothing for it.
function isBoundedRsa({ n = '', e }: Key): boolean {
  if (e !== RSA_EXPONENT || n.length > MAX_MODULUS_LENGTH || !/^[\w-]+$/.test(n)) return false
  const modulus = BigInt(`0x0${Buffer.from(n, 'base64url').toString('hex')}`)
  const bits = modulus.toString(2).length
  return MIN_RSA_BITS <= bits && bits <= MAX_RSA_BITS
}

function isOnBoundedCurve({ kty, crv, x = '', y = '' }: Key): boolean {
  const length = COORDINATE_LENGTHS.get(crv) ?? 0
  const isOfType = (kty === 'OKP') === (crv === 'Ed25519')
  return isOfType && x.length <= length && y.length <= length
}

/** Whether the set has a key with this `kid`; without a `kid`, any key may be the one. */
export function holdsKey({ keys }: KeySet, kid: string | undefined): boolean {
  return kid === undefined || keys.some((key) => key['kid'] === kid)
}

/** The keys that an assertion with this header is verified with, the likeliest first. */
export function selectKeys({ keys }: KeySet, header: { alg?: unknown; kid?: unknown }): KeySet {
  const { alg, kid } = header
  const fitting = keys
    .filter((key) => fits(key, alg))
    .filter((key) => kid === undefined || key['kid'] === kid)
    .filter((key) => key['alg'] === undefined || key['alg'] === alg)
  const named = fitting.filter((key) => key['alg'] !== undefined)
  const others = fitting.filter((key) => key['alg'] === undefined)
  return { keys: [...named, ...others].slice(0, MAX_CANDIDATES) }
}
