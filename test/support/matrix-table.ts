// docs/clients.md: what each client sent, what the server forgave, and the result. Everything in it is
// computed from the requests and the answers.
import type { MatrixRow } from '../fixtures/client-row.ts'
import type { IdentifiedClient, Outcome } from './matrix-journey.ts'
import { INTRODUCTION, NOTES, SERVERS, SETTINGS, SOURCES } from './matrix-words.ts'

type Members = Readonly<Record<string, unknown>>

export interface Result {
  readonly row: MatrixRow
  readonly client: IdentifiedClient
  /** Undefined if the server refused the client. */
  readonly outcome: Outcome | undefined
}

function listSources(results: readonly Result[]): string {
  return results
    .flatMap(({ row }) => (row.source === undefined ? [] : [`- ${row.client}: ${row.source}`]))
    .join('\n')
}

const code = (text: string) => `\`${text}\``

const isNative = (uri: string) => !uri.startsWith('https:')

function membersOf({ identity }: MatrixRow): Members {
  if ('body' in identity) return identity.body
  return 'document' in identity ? identity.document : identity.configured
}

function describeIdentity({ identity }: MatrixRow): string {
  if ('body' in identity) return 'registers'
  if ('configured' in identity) return 'configured'
  return `document ${code(String(identity.document['client_id']))}`
}

/** Deviations in the client's metadata. */
function* forgivenMetadata(row: MatrixRow, { registered }: IdentifiedClient): Generator<string> {
  const members = membersOf(row)
  const uris = members['redirect_uris'] as string[]
  const type = members['application_type']
  if (uris.some(isNative) && type !== 'native') {
    yield type === undefined ? 'no `application_type`' : `\`application_type: ${type}\``
  }
  if (members['client_name'] === undefined) yield 'no `client_name`'
  if (registered && members['token_endpoint_auth_method'] === undefined) {
    yield 'no `token_endpoint_auth_method`'
  }
  const grants = members['grant_types']
  if (Array.isArray(grants)) {
    for (const grant of grants.filter((name) => name.startsWith('urn:'))) {
      yield `grant ${code(String(grant).split(':').at(-1) ?? '')}`
    }
    if (!grants.includes('refresh_token')) yield 'no grant `refresh_token`'
  }
  if (members['scope'] && registered?.['scope'] === undefined) yield '`scope` in its metadata'
  if (Object.values(members).some((value) => value === null || value === '')) {
    yield 'nulls and empty strings'
  }
}

/** Deviations in its authorization request. */
function* forgivenRequest(row: MatrixRow, { outcome }: Result): Generator<string> {
  const listed = membersOf(row)['redirect_uris'] as string[]
  if (row.redirectUris.some((uri) => !listed.includes(uri))) yield 'an unregistered loopback port'
  const { scope } = row
  if (scope !== undefined && scope !== scope.trim()) yield 'spaces around `scope`'
  const granted = outcome?.scope.split(' ') ?? []
  const requested = scope?.split(/\s+/).filter(Boolean) ?? []
  // The scope of a token is what it allows at the MCP server, so it never has offline_access.
  const unknown = requested.filter((name) => !granted.includes(name) && name !== 'offline_access')
  if (unknown.length > 0) yield `unknown scope ${unknown.map(code).join(' ')}`
  if (!requested.includes('mcp:tools')) yield 'no scope of the MCP server'
  if (row.resource === 'absent') yield 'no `resource`'
  else if (row.resource !== 'exact') yield `\`resource\`: ${row.resource}`
  if (row.also?.['nonce'] !== undefined && !requested.includes('openid'))
    yield '`nonce` without `openid`'
}

/** Deviations in its token requests. */
function* forgivenToken(row: MatrixRow, { registered }: IdentifiedClient): Generator<string> {
  const kept = registered?.['token_endpoint_auth_method']
  const isPosting = row.method === 'client_secret_post' && kept !== 'client_secret_post'
  if (isPosting) yield 'the secret in the body'
  if (row.refresh === 'without resource' && row.resource !== 'absent') {
    yield 'a refresh without `resource`'
  }
}

function describeForgiven(result: Result): string {
  const { row, client } = result
  const all = [
    ...forgivenMetadata(row, client),
    ...forgivenRequest(row, result),
    ...forgivenToken(row, client),
  ]
  return all.length === 0 ? '–' : all.join(' · ')
}

function describeResult({ row, outcome }: Result): string {
  if (!outcome) return `**refused**: ${row.refused}`
  return `works: ${outcome.scope.split(' ').map(code).join(' ')}`
}

export function renderTable(results: readonly Result[]): string {
  const lines = results.map((result) => {
    const { row } = result
    const cells = [
      row.client,
      describeIdentity(row),
      row.redirectUris.map(code).join('<br>'),
      code(row.method),
      result.outcome ? describeForgiven(result) : '–',
      describeResult(result),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const head = ['Client', 'Identified by', 'Redirect URI', 'At `/token`', 'Forgiven', 'Result']
  const rows = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...lines]
  return [
    `${INTRODUCTION}${rows.join('\n')}`,
    NOTES,
    SETTINGS,
    `${SOURCES}${listSources(results)}`,
    SERVERS,
  ].join('\n\n')
}
