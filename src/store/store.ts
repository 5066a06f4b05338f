/** A counter after one was added, and when it ends. */
export interface Count {
  readonly value: number
  readonly endsAtMs: number
}

/** Keeps every record under a key, with a lifetime. Values are opaque strings; callers encode them. */
export interface Store {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Compares and sets atomically. An expired record counts as absent.
   * @param expected undefined: swap only if the key is absent
   * @param next undefined: remove the record, and ignore `ttlSeconds`
   * @returns whether the value was as expected, and was swapped
   */
  swap(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlSeconds: number,
  ): Promise<boolean>
  /** Finds and removes atomically: only one of many callers gets the value. */
  take(key: string): Promise<string | undefined>
  /** The keys that begin with the prefix, in any order. A key that changes during the scan may come twice. */
  scan(prefix: string): AsyncIterable<string>
  /**
   * Adds one to a counter, atomic. A counter that is absent begins at zero and lives for `ttlMs`.
   * Undefined: the processes of this store do not share counters, and each counts for itself.
   */
  count?(key: string, ttlMs: number): Promise<Count>
  ping(): Promise<void>
  close(): Promise<void>
}
