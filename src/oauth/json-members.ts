// Values of JSON and forms whose shape is not known yet.

export type Members = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Clients send an empty string for a member that they leave out. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
