// Client credentials in an Authorization header (RFC 7617). RFC 6749 §2.3.1 says to form-encode id and
// secret first; some clients do, most do not.

/** The base64-decoded `id:secret`, which may be form-encoded. Undefined if the scheme is not Basic. */
export function parseBasicHeader(header: string): string | undefined {
  const [, base64] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? []
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString()
}
