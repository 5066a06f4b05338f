/**
 * Milliseconds of the monotonic clock that all threads of the process share. `performance.now()` counts from
 * the start of its own thread.
 */
export function threadNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
