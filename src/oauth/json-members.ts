// Values of JSON and forms whose shape is not known yet.

export type Members = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Clients send an empty string for a member that they leave out. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

// The checks below throw a TypeError that names the member, never its value.

export function membersOf(value: unknown): Members {
  if (isObject(value)) return { ...value }
  throw new TypeError('not an object')
}

export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('not a list')
}

/** A list of strings. */
export const textsOf = (value: unknown, name: string): readonly string[] =>
  listOf(value).map((text) => textOf({ [name]: text }, name))

export function textOf(members: Members, name: string): string {
  const value = members[name]
  if (typeof value === 'string') return value
  throw new TypeError(`${name} is not a string`)
}

export function numberOf(members: Members, name: string): number {
  const value = members[name]
  if (typeof value === 'number') return value
  throw new TypeError(`${name} is not a number`)
}

interface Primitives {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

export function optional<T extends keyof Primitives>(
  value: unknown,
  type: T,
  name: string,
): Primitives[T] | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== type) throw new TypeError(`${name} is not a ${type}`)
  return value as Primitives[T] // the check above is one on `type`
}
