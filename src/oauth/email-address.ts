// E-mail addresses and their domains, in the one spelling by which they are compared.
import { parseUrl } from './parse-url.ts'

export interface EmailAddress {
  /** Local part and domain, each in the spelling that comparisons use. */
  readonly address: string
  readonly domain: string
}

/** RFC 1035 §2.3.4 */
const MAX_DOMAIN_LENGTH = 253
/** RFC 5321 §4.5.3.1.1 */
const MAX_LOCAL_LENGTH = 64

/**
 * A domain in lower case and ASCII (IDNA), without a final dot. Undefined for anything that is not a name with at
 * least one dot. The URL parser would read `a@b.example`, `b.example/c` and `%62.example` as hosts too.
 */
export function toAsciiDomain(domain: string): string | undefined {
  if (domain.length > MAX_DOMAIN_LENGTH || /[\s/\\?#@:%[\]]/.test(domain)) return undefined
  const ascii = parseUrl(`http://${domain}`)?.hostname.replace(/\.$/, '') ?? ''
  if (ascii.length > MAX_DOMAIN_LENGTH) return undefined
  const labels = ascii.split('.')
  const isName = labels.length > 1 && labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label))
  // An IPv4 address has a last label of digits only, and no domain of the DNS has.
  return isName && /[a-z-]/.test(labels.at(-1) ?? '') ? ascii : undefined
}

/**
 * An address by its two parts. In the local part only A to Z change their case: other letters that a mail system may
 * tell apart, such as the Kelvin sign, must not become equal.
 */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(0, at))
  if (local === '' || local.length > MAX_LOCAL_LENGTH || /[\s@]/.test(local)) return undefined
  const domain = toAsciiDomain(text.slice(at + 1))
  if (domain === undefined) return undefined
  const folded = local.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return { address: `${folded}@${domain}`, domain }
}
