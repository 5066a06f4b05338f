// Client ids that are URLs of metadata documents (draft-ietf-oauth-client-id-metadata-document §3).

const LONGEST = 1024

/** Whether a client id names a document. The ids that this server generates never look like a URL. */
export function isClientIdUrl(clientId: string): boolean {
  return /^https?:/i.test(clientId)
}

/** A public sentence that says what is wrong; undefined if the URL is acceptable. */
export function findClientIdUrlFault(clientId: string): string | undefined {
  if (!/^https:\/\//i.test(clientId)) return 'Its address (client_id) must begin with https://.'
  if (clientId.length > LONGEST) return `Its address is longer than ${LONGEST} characters.`
  const [, authority = '', rest = ''] = /^https:\/\/([^/?#]*)(.*)$/is.exec(clientId) ?? []
  const url = URL.parse(clientId)
  // Checked as given: URL repairs what browsers repair, and ids are compared as strings.
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
