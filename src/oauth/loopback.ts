// Loopback hosts, and the loopback URIs that clients register. They need no https, because nothing sent to
// them leaves the machine (RFC 8252 §7.3, §8.3).

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]']
const HIGHEST_PORT = 65_535

// Matches the text as given: a URL parser would normalise it, but redirect URIs are compared as strings.
const LOOPBACK_URI =
  /^(?<host>http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::(?<port>\d{1,5}))?(?<rest>[/?].*)?$/s

export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK_HOSTS.includes(hostname)
}

export function isHttpsOrLoopback(value: string): boolean {
  const url = URL.parse(value)
  return (
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
  )
}

interface LoopbackUri {
  /** Scheme and host, such as `http://127.0.0.1`. */
  readonly host: string
  /** Path and query, as given; '' if there are none. */
  readonly rest: string
}

/** A loopback http URI without its port. Undefined if `uri` is anything else. */
export function parseLoopbackUri(uri: string): LoopbackUri | undefined {
  const parts = LOOPBACK_URI.exec(uri)?.groups
  if (parts?.['host'] === undefined || Number(parts['port'] ?? 0) > HIGHEST_PORT) return undefined
  return { host: parts['host'], rest: parts['rest'] ?? '' }
}
