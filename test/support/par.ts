// Pushed authorization requests (RFC 9126).
import { type Authorization, buildAuthorization, type Client } from './journey.ts'
import { type Answer, type SendOptions, send } from './send.ts'

/** Posts the parameters of an authorization URL to /par. */
export function push(
  issuer: string,
  { url }: Pick<Authorization, 'url'>,
  { client_secret }: Partial<Client> = {},
  sending: SendOptions = {},
): Promise<Answer> {
  const body = new URL(url).searchParams
  if (client_secret !== undefined) body.set('client_secret', client_secret)
  return send(`${issuer}/par`, { body, ...sending })
}

/** The URL that a browser opens for a pushed request. */
export function buildPushedRequestUrl(
  issuer: string,
  clientId: string,
  requestUri: unknown,
): string {
  const query = new URLSearchParams({ client_id: clientId, request_uri: String(requestUri) })
  return `${issuer}/authorize?${query}`
}

/** Pushes a request. Returns the authorization that refers to it, for a browser to open. */
export async function pushAuthorization(
  issuer: string,
  client: Client,
  parameters: Record<string, string | undefined> = {},
): Promise<Authorization> {
  const authorization = buildAuthorization(issuer, client, parameters)
  const answer = await push(issuer, authorization, client)
  if (answer.status !== 201) throw new Error(`push: ${answer.body}`)
  const { request_uri } = JSON.parse(answer.body)
  return { ...authorization, url: buildPushedRequestUrl(issuer, client.client_id, request_uri) }
}
