// docs/clients.md: what each client sent, what the server forgave, and the result. Everything in it is
// computed from the requests and the answers.
import type { MatrixRow } from '../fixtures/client-row.ts'
import type { IdentifiedClient, Outcome } from './matrix-journey.ts'

type Members = Readonly<Record<string, unknown>>

export interface Result {
  readonly row: MatrixRow
  readonly client: IdentifiedClient
  /** Undefined if the server refused the client. */
  readonly outcome: Outcome | undefined
}

const INTRODUCTION = `# Clients

This table shows how real MCP clients connect, and how far they get: registration or metadata document,
authorization, consent, sign-in, token, refresh, and a tool call at an MCP server.
\`test/integration/client-matrix.test.ts\` runs every row with each of its redirect URIs and writes this
file (\`RENEW_DOCS=1\`). *Forgiven* lists what a stricter server would reject. The same rules apply to
clients that are not listed: any \`https\` redirect URI is accepted, and any loopback URI on any port, but
none at the origin of this server.
VS Code uses loopback URIs and \`https://vscode.dev/redirect\`, so it needs no private-use URI. To accept
the private-use URIs of other clients, list them in \`privateUseRedirectUris\`.

`

const NOTES = `
## Clients that drop \`iss\`

Every authorization response of this server has \`iss\` (RFC 9207), and the metadata says so
(\`authorization_response_iss_parameter_supported\`). A client that reads the metadata then refuses a response without
\`iss\`. Some clients lose it themselves: mcp-remote 0.9 to 0.13, and applications that call \`finishAuth(code)\` of the
official SDK 2.x. They fail after the person has signed in. Update them if you can: \`finishAuth\` accepts all
parameters of the response.

If you cannot, set \`"advertiseIssParameter": false\` in \`CONFIG_FILE\`. Responses still have \`iss\`. The price:

- \`iss\` tells a client with several authorization servers which of them has answered (mix-up attacks). Clients that look at
  it only if it is advertised no longer check it, and no client notices that somebody removed it.
- RFC 9207 and MCP require the advertisement of servers that send \`iss\`.
- ChatGPT uses its stable redirect URI and its document \`https://chatgpt.com/oauth/client.json\` only if it is advertised.
  Without it, each connector has a redirect URI of its own.

## Clients that name another resource

A client names the MCP server in \`resource\`. mcp-use 1.x names its origin, whatever the path. If the origin is not
configured, the request ends with \`invalid_target\`. The request's log line (\`target\`), and the error page if the
person sees one, name what the client asked for and what is configured. If both are the same MCP server, add what the
client asked for to its \`aliases\` in \`CONFIG_FILE\`, and let the MCP server accept that audience too
([verify-tokens.md](verify-tokens.md)).

## Clients that name no resource

With several MCP servers, a request without \`resource\` gets \`invalid_target\`, unless \`defaultResource\` is set. FastMCP's
OAuth proxy never sends one. It is a client that you configure, so give its entry in \`clients\` a \`defaultResource\` of its
own: the MCP server behind that proxy.

## Clients that renew early

Gemini CLI and Claude Code renew an access token five minutes before it expires. If \`accessTokenSeconds\` is 300, every
call is preceded by a refresh. Set it to 420 or more; the default is 900. At its start, the server warns about each
resource server with a lower value.
`

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
  return `${INTRODUCTION}${rows.join('\n')}\n${NOTES}`
}
