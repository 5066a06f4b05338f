// Client credentials in an Authorization header (RFC 7617). Clients disagree about RFC 6749 §2.3.1:
// some form-encode id and secret first, most do not.

/** The decoded `id:secret`, perhaps still form-encoded; undefined if the header is not Basic. */
export function parseBasicHeader(header: string): string | undefined {
  const [, base64] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? []
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString()
}
