// URLs of strangers, parsed in linear time. URL.parse takes quadratic time to convert a host of many different
// characters to ASCII (RFC 3492 §6.3): 27 ms for 4,000 of them.

/** For URLs that are stored or compared. */
export const MAX_URL_LENGTH = 2000

/** A host name has at most 253 characters (RFC 1035 §2.3.4). Leaves room for a port, or a host with percent-encoding. */
const MAX_AUTHORITY_LENGTH = 512

/** As URL.parse. Undefined also if user name, host and port together are longer than any that has a use. */
export function parseUrl(text: string): URL | undefined {
  // As the parser reads it: it skips these characters, and takes any slashes after the scheme for two.
  const [, authority = ''] = /^[^:]*:[/\\]*([^/\\?#]*)/.exec(text.replaceAll(/[\t\n\r]/g, '')) ?? []
  return authority.length > MAX_AUTHORITY_LENGTH ? undefined : (URL.parse(text) ?? undefined)
}
