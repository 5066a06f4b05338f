// Decides which metadata documents of clients this server accepts, by their URL.
import { AppError } from '../errors.ts'
import { findClientIdUrlFault } from '../oauth/client-id-url.ts'

export interface DocumentPolicy {
  /** @throws AppError client_document_refused, client_document_not_allowed */
  check(clientId: string): void
}

/** @param options.allowedHosts each is `host` or `*.domain`; if the list is empty, any host is allowed */
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
      const detail = findClientIdUrlFault(clientId)
      if (detail !== undefined) throw new AppError('client_document_refused', { detail })
      if (!isAllowed(new URL(clientId).hostname)) throw new AppError('client_document_not_allowed')
    },
  }
}
