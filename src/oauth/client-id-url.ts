// Client ids that are the URL of a metadata document (draft-ietf-oauth-client-id-metadata-document §3).
import { parseUrl } from './parse-url.ts'

const MAX_LENGTH = 1024

/** Whether a client id is the URL of a document. Ids that this server generates never look like a URL. */
export function isClientIdUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/** A public sentence that describes the fault. Undefined if the URL is acceptable. */
export function findClientIdUrlFault(clientId: string): string | undefined {
  if (!/^https:\/\//i.test(clientId)) return 'Its address (client_id) must begin with https://.'
  if (clientId.length > MAX_LENGTH) return `Its address is longer than ${MAX_LENGTH} characters.`
  const [, authority = '', rest = ''] = /^https:\/\/([^/?#]*)(.*)$/is.exec(clientId) ?? []
  const url = parseUrl(clientId)
  // Checked as given: the parser corrects some invalid URLs, but client ids are compared as strings.
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
