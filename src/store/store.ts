/** So many requests of a key within so many seconds. */
export interface Limit {
  /** The beginning of the keys of its counters. */
  readonly prefix: string
  readonly points: number
  readonly seconds: number
}

/** Counts a request. @returns for how long the key is refused (ms); undefined: it is allowed */
export type SharedLimiter = (key: string) => Promise<number | undefined>

export interface TimedValue {
  readonly value: string
  /** The rest of its lifetime. */
  readonly ttlMs: number
}

/** Keeps every record under a key, with a lifetime. Values are opaque strings; callers encode them. */
export interface Store {
  get(key: string): Promise<string | undefined>
  /** The value and its lifetime, read at the same moment. */
  getWithTtl(key: string): Promise<TimedValue | undefined>
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
  /** The same in pages of up to some hundred keys, some of them empty: between them, a caller can pause. */
  scanPages(prefix: string): AsyncIterable<readonly string[]>
  /** For limits that all processes share. Undefined: they share none, and each counts for itself. */
  createLimiter?(limit: Limit): SharedLimiter
  /** Rejects if the backend knows that it cannot serve now. A write that succeeds proves more. */
  ping(): Promise<void>
  /**
   * If the records are spread over several servers: parts of keys that put a key on one or another of them.
   * Undefined: there is one server.
   */
  readonly partitions?: readonly string[] | undefined
  close(): Promise<void>
}
