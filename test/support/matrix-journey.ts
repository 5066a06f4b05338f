// The whole journey of one client: it identifies itself, a person approves, and the client redeems the
// code, refreshes and calls a tool.
import assert from 'node:assert/strict'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import type { MatrixRow } from '../fixtures/client-row.ts'
import { authorize, buildAuthorization, claimsOf, postToken } from './journey.ts'
import { type MatrixStage, OPERATOR_SECRET } from './matrix-stage.ts'
import { jsonOf, send } from './send.ts'

type Members = Readonly<Record<string, unknown>>

/** The client as the server registered it, as far as the client can see. */
export interface IdentifiedClient {
  readonly clientId: string
  readonly secret: string | undefined
  /** The answer to the registration; undefined if the client does not register. */
  readonly registered: Members | undefined
}

export interface Outcome {
  readonly scope: string
  readonly tool: Members
}

export async function identify(
  stage: MatrixStage,
  { identity }: MatrixRow,
): Promise<IdentifiedClient> {
  if ('document' in identity) {
    const clientId = String(identity.document['client_id'])
    stage.web.publish(clientId, { body: identity.document })
    return { clientId, secret: undefined, registered: undefined }
  }
  if ('configured' in identity) {
    const clientId = String(identity.configured['client_id'])
    return { clientId, secret: OPERATOR_SECRET, registered: undefined }
  }
  const answer = await send(`${stage.server.issuer}/register`, { body: identity.body })
  assert.equal(answer.status, 201, answer.body)
  const registered = jsonOf(answer)
  const secret = registered['client_secret']
  return {
    clientId: String(registered['client_id']),
    secret: secret === undefined ? undefined : String(secret),
    registered,
  }
}

const mcpOf = (stage: MatrixStage, { resource }: MatrixRow) =>
  resource === 'bare origin with a slash' ? stage.bareMcp : stage.mcp

/** The `resource` parameter in the client's spelling. */
function resourceOf(stage: MatrixStage, row: MatrixRow): string | undefined {
  const { resource } = mcpOf(stage, row)
  if (row.resource === 'absent') return undefined
  return row.resource === 'exact' ? resource : `${resource}/`
}

function buildRequest(stage: MatrixStage, row: MatrixRow, clientId: string, redirectUri: string) {
  return buildAuthorization(
    stage.server.issuer,
    { client_id: clientId },
    {
      redirect_uri: redirectUri,
      scope: row.scope,
      resource: resourceOf(stage, row),
      ...row.also,
    },
  )
}

/** Sends the authorization request, and returns the first answer. */
export async function requestAuthorization(
  stage: MatrixStage,
  row: MatrixRow,
  client: IdentifiedClient,
  redirectUri: string,
) {
  const { url } = buildRequest(stage, row, client.clientId, redirectUri)
  return send(url, { headers: { accept: 'text/html' } })
}

/** A token request with the client's authentication method. */
async function requestTokens(
  stage: MatrixStage,
  row: MatrixRow,
  client: IdentifiedClient,
  form: Record<string, string | undefined>,
) {
  const { issuer } = stage.server
  const { clientId, secret = '' } = client
  switch (row.method) {
    case 'none':
      return postToken(issuer, { ...form, client_id: clientId })
    case 'client_secret_post':
      return postToken(issuer, { ...form, client_id: clientId, client_secret: secret })
    case 'private_key_jwt': {
      const proof = await stage.key.sign(clientId, issuer)
      return postToken(issuer, { ...form, client_id: clientId, ...proof })
    }
    case 'client_secret_basic': {
      // Like the MCP SDKs, which skip the form-encoding that RFC 6749 §2.3.1 requires before base64.
      const pair = Buffer.from(`${clientId}:${secret}`).toString('base64')
      return postToken(issuer, form, { authorization: `Basic ${pair}` })
    }
  }
}

/** Consent, sign-in, code, tokens, refresh, and a tool called with each access token. */
export async function completeJourney(
  stage: MatrixStage,
  row: MatrixRow,
  client: IdentifiedClient,
  redirectUri: string,
): Promise<Outcome> {
  const { issuer } = stage.server
  const mcp = mcpOf(stage, row)
  const resource = resourceOf(stage, row)
  const authorization = buildRequest(stage, row, client.clientId, redirectUri)
  const answer = await authorize(authorization, { agent: createUserAgent(), redirectUri })
  assert.equal(answer.searchParams.get('state'), authorization.state, answer.href)
  assert.equal(answer.searchParams.get('iss'), issuer, 'RFC 9207')

  const first = await requestTokens(stage, row, client, {
    grant_type: 'authorization_code',
    code: answer.searchParams.get('code') ?? '',
    code_verifier: authorization.codeVerifier,
    redirect_uri: redirectUri,
    resource,
  })
  assert.equal(first.status, 200, JSON.stringify(first.body))
  await callWhoami(mcp.url, first.body['access_token'])

  const next = await requestTokens(stage, row, client, {
    grant_type: 'refresh_token',
    refresh_token: String(first.body['refresh_token']),
    ...(row.refresh !== 'without resource' && { resource }),
    ...(row.refresh === 'with resource and scope' && { scope: row.scope }),
  })
  assert.equal(next.status, 200, JSON.stringify(next.body))
  const claims = claimsOf(next.body['access_token'])
  assert.equal(claims['aud'], mcp.resource, 'the audience is the configured resource')
  assert.equal(claims['client_id'], client.clientId)
  const tool = await callWhoami(mcp.url, next.body['access_token'])
  return { scope: String(first.body['scope']), tool }
}

async function callWhoami(url: string, accessToken: unknown): Promise<Members> {
  const answer = await send(url, {
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json, text/event-stream',
    },
    body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } },
  })
  assert.equal(answer.status, 200, answer.body)
  // The MCP server answers a request of the older protocols with an event stream.
  const [, message = ''] = /^data: (.+)$/m.exec(answer.body) ?? []
  const { result } = JSON.parse(message) as { result: { content: { text: string }[] } }
  return JSON.parse(result.content[0]?.text ?? '{}')
}
