// An issuer that tenants share (Entra ID's `organizations` and `common`): discovery has a template, and each ID token the
// tenant's own issuer.
import { decodeJwt } from 'jose'
import type { ServerMetadata } from 'openid-client'

const PLACEHOLDER = '{tenantid}'

export function isTemplate({ issuer }: Pick<ServerMetadata, 'issuer'>): boolean {
  return issuer.includes(PLACEHOLDER)
}

/**
 * The metadata of the tenant that the ID token names. The token is not verified here: with this metadata, the library
 * verifies that it is the one of this issuer, and upstream/identity.ts that the tenant is allowed.
 */
export function ofTenant(server: ServerMetadata, idToken: string): ServerMetadata {
  const { tid } = decodeJwt(idToken)
  if (typeof tid !== 'string' || !/^[\w-]{1,64}$/.test(tid)) {
    throw new Error('the ID token names no tenant (tid)')
  }
  return { ...server, issuer: server.issuer.replace(PLACEHOLDER, tid) }
}

/** Whether the server is, or has as a tenant, the issuer. */
export function isIssuer({ issuer }: Pick<ServerMetadata, 'issuer'>, claimed: string): boolean {
  const [before = '', after] = issuer.split(PLACEHOLDER)
  if (after === undefined) return claimed === issuer
  return claimed.startsWith(before) && claimed.endsWith(after)
}
