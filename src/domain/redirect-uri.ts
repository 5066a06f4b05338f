// When the redirect URI of a request is one that its client has: character by character, but for
// loopback http, whose port the app learns when it starts (RFC 8252 §7.3), and whose name for its own
// machine differs between what clients publish and what they use (clients.md §3).

// As it stands, not as a URL parser would mend it.
const LOOPBACK = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?([/?].*)?$/s
const HIGHEST_PORT = 65_535

/** Path and query; undefined: no loopback http URI. */
function findLoopbackRest(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri)
  if (!match || Number(match[1] ?? 0) > HIGHEST_PORT) return undefined
  return match[2] ?? ''
}

export function isRegisteredRedirectUri(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true
  const rest = findLoopbackRest(uri)
  return rest !== undefined && registered.some((known) => findLoopbackRest(known) === rest)
}
