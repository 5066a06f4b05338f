// NO_PROXY: the hosts that the server connects to directly although HTTPS_PROXY is set. The forms are those
// of curl, and a port or a `*.` as Node and Go accept them.
import { z } from 'zod'
import { type AddressRange, parseAddressRange } from '../../ip-address.ts'

export type ProxyException =
  | { readonly kind: 'all' }
  /** The host of that name and all below it. */
  | { readonly kind: 'name'; readonly name: string; readonly port: number | undefined }
  | (AddressRange & { readonly kind: 'range'; readonly port: number | undefined })

const NAME = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/
/** `host`, `host:port`, `[v6]` or `[v6]:port`. An IPv6 address without brackets has no port. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/

function parseException(entry: string): ProxyException | undefined {
  if (entry === '*') return { kind: 'all' }
  const [, bracketed, plain, digits] = WITH_PORT.exec(entry) ?? []
  const host = bracketed ?? plain ?? entry
  const port = digits === undefined ? undefined : Number(digits)
  const range = parseAddressRange(host)
  if (range) return { kind: 'range', ...range, port }
  const name = host
    .toLowerCase()
    .replace(/^\*?\./, '')
    .replace(/\.$/, '')
  // Only digits and dots: an address with a mistake in it.
  if (bracketed !== undefined || !NAME.test(name) || /^[\d.]+$/.test(name)) return undefined
  return { kind: 'name', name, port }
}

function parseExceptions(entries: readonly string[], context: z.RefinementCtx): ProxyException[] {
  const parsed = entries.map(parseException)
  const valid = parsed.filter((exception) => exception !== undefined)
  if (valid.length === parsed.length) return valid
  context.addIssue(
    'must be host names (each with all names below it), addresses, CIDR ranges or *, separated by commas',
  )
  return z.NEVER
}

export const noProxy = z.array(z.string()).transform(parseExceptions)
