// The hosts that may do without https: what leaves for them stays on this machine (RFC 8252 §7.3, §8.3).

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK_HOSTS.has(hostname)
}

export function isHttpsOrLoopback(value: string): boolean {
  const url = URL.parse(value)
  return (
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))
  )
}
