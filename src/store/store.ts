/** A counter after one was added, and when it ends. */
export interface Count {
  readonly value: number
  readonly endsAtMs: number
}

/** Everything with a key and a lifetime. Values are opaque strings; callers encode. */
export interface Store {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  delete(key: string): Promise<void>
  /**
   * Compare and set, atomic; an expired record counts as absent. `expected` undefined: only when
   * absent. `next` undefined: remove, and the lifetime is not looked at. True when done.
   */
  swap(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlSeconds: number,
  ): Promise<boolean>
  /** Find and remove, atomic: of many callers one gets the value. */
  take(key: string): Promise<string | undefined>
  /** Keys that begin with the prefix, in no order. One that changes meanwhile may come twice. */
  scan(prefix: string): AsyncIterable<string>
  /**
   * Adds one to a counter, atomic. A counter that is absent begins at zero and lives for `ttlMs`.
   * Undefined: the processes of this store do not share counters, and each counts for itself.
   */
  count?(key: string, ttlMs: number): Promise<Count>
  ping(): Promise<void>
  close(): Promise<void>
}
