// Client ids that are URLs: which are fit to name a metadata document, and whose documents this server
// takes (draft-ietf-oauth-client-id-metadata-document §3; mcp-requirements D1, D11, A16).
import { AppError } from '../errors.ts'

const LONGEST = 1024

/** Whether a client id means a document; ids that this server makes never look like that (D10). */
export function isUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/** A constant sentence; undefined: the URL is fit. */
function findUrlFault(clientId: string): string | undefined {
  if (!/^https:\/\//i.test(clientId)) return 'Its address (client_id) must begin with https://.'
  if (clientId.length > LONGEST) return `Its address is longer than ${LONGEST} characters.`
  const [, authority = '', rest = ''] = /^https:\/\/([^/?#]*)(.*)$/is.exec(clientId) ?? []
  const url = URL.parse(clientId)
  // As it stands: URL mends what browsers mend, and the id is compared as a string.
  if (!url || authority === '' || !/^[\x21-\x7E]+$/.test(clientId) || clientId.includes('\\')) {
    return 'Its address is not a valid URL.'
  }
  if (clientId.includes('#')) return 'Its address must not have a fragment.'
  if (authority.includes('@')) return 'Its address must not have a user name or password.'
  if (!rest.startsWith('/')) return 'Its address must have a path.'
  const segments = (rest.split('?')[0] ?? '').replaceAll(/%2e/gi, '.').split('/')
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return 'Its address must not have . or .. as a path segment.'
  }
  return undefined
}

export interface DocumentPolicy {
  /** @throws AppError client_document_refused, client_document_not_allowed */
  check(clientId: string): void
}

/** @param allowedHosts `host` or `*.domain`; empty: any host. */
export function createDocumentPolicy(options: {
  enabled: boolean
  allowedHosts: readonly string[]
}): DocumentPolicy {
  const { enabled, allowedHosts } = options
  const isAllowed = (host: string) =>
    allowedHosts.length === 0 ||
    allowedHosts.some((allowed) =>
      allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed,
    )
  return {
    check(clientId) {
      if (!enabled) throw new AppError('client_document_not_allowed')
      const detail = findUrlFault(clientId)
      if (detail !== undefined) throw new AppError('client_document_refused', { detail })
      if (!isAllowed(new URL(clientId).hostname)) throw new AppError('client_document_not_allowed')
    },
  }
}
