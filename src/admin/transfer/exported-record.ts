// One record of an export, and which records of a store are none.

export interface ExportedRecord {
  /** Without STORE_KEY_PREFIX. */
  readonly name: string
  readonly expiresAtMs: number
  readonly sealed: string
}

/** Canaries, of which each kind of store has its own number, and counters of rate limits, which live for a minute. */
export function isLeftOut(name: ExportedRecord['name']): boolean {
  return name === 'canary' || name.startsWith('canary:') || name.startsWith('limit:')
}
