// How the demo shows requests and answers: in short form, and without anything that could be reused.
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Exchange } from './recording-fetch.ts'

const secretNames = new Set([
  'access_token',
  'client_secret',
  'code',
  'code_challenge',
  'code_verifier',
  'id_token',
  'refresh_token',
  'registration_access_token',
  'state',
])

// The metadata that a client acts on: the whole document would be too long.
const shownMetadata = new Set([
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'scopes_supported',
  'grant_types_supported',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
])

export function describeExchange(exchange: Exchange): string {
  const { method, url, status, request, response, challenge } = exchange
  const lines = [`${method} ${url} → ${status}`]
  if (challenge !== undefined) lines.push(`WWW-Authenticate: ${challenge}`)
  if (isJsonRpc(request)) lines.push(`sent ${request.method}`)
  else if (request !== undefined) lines.push('sent', ...indent(describeFields(request)))
  if (response !== undefined && status !== 401) {
    lines.push('got', ...indent(describeFields(pickMetadata(response))))
  }
  return lines.join('\n')
}

function isJsonRpc(request: unknown): request is { method: string } {
  return typeof request === 'object' && request !== null && 'jsonrpc' in request
}

export function describeUrl(url: URL): string {
  const fields = Object.fromEntries(url.searchParams)
  return [`${url.origin}${url.pathname}`, ...indent(describeFields(fields))].join('\n')
}

export function describeToken(token: string): string[] {
  return [decodeProtectedHeader(token), decodeJwt(token)].flatMap(describeFields)
}

export function describeFields(document: unknown): string[] {
  if (typeof document !== 'object' || document === null) return [String(document)]
  return Object.entries(document).map(([name, value]) => `${name}: ${describeValue(name, value)}`)
}

function describeValue(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return secretNames.has(name) ? shorten(value) : value
}

function shorten(secret: string): string {
  return secret.length > 12 ? `${secret.slice(0, 8)}… (${secret.length} characters)` : '…'
}

function pickMetadata(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document
  if (!('authorization_endpoint' in document)) return document
  const entries = Object.entries(document)
  const shown = entries.filter(([name]) => shownMetadata.has(name))
  return Object.fromEntries([...shown, ['and', `${entries.length - shown.length} more`]])
}

export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
