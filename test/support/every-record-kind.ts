// Journeys that leave a record of every kind that docs/storage.md lists.
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import type { Overrides } from '../../src/compose.ts'
import { createAssertionKey } from './assertion.ts'
import { startDocumentServer } from './document-server.ts'
import { createDpopKey } from './dpop.ts'
import { postWithProof, refreshForm } from './dpop-journey.ts'
import {
  ADA,
  type Authorization,
  authorize,
  buildAuthorization,
  type Client,
  isAnswer,
  REDIRECT_URI,
  redeem,
  refresh,
  register,
  type TokenAnswer,
} from './journey.ts'
import { pushAuthorization } from './par.ts'

const HOST = 'client.example'
/** The `max-age` of what the two clients publish: the shortest, and one above the server's limit. */
const MAX_AGES = { brief: 0, lasting: 10 ** 9 }
/** The lifetime of a client assertion. */
export const ASSERTION_SECONDS = 100

export interface EveryRecordKind {
  /** The content of CONFIG_FILE that the server needs. */
  readonly file: Readonly<Record<string, unknown>>
  /** The option of `startTestServer` that makes the upstream send session ids. */
  readonly backchannelLogout: true
  /** The override for `compose` that the server needs. */
  readonly outbound: NonNullable<Overrides['outbound']>
  /** @param look called whenever there is something new in the store */
  walk(issuer: string, look?: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

export async function prepareEveryRecordKind(): Promise<EveryRecordKind> {
  const web = await startDocumentServer([HOST])
  const key = await createAssertionKey()
  const dpop = await createDpopKey()
  const clientIds = Object.entries(MAX_AGES).map(([name, maxAge]) => {
    const headers = { 'cache-control': `max-age=${maxAge}` }
    const jwks_uri = `https://${HOST}/${name}/jwks.json`
    const client_id = `https://${HOST}/${name}/client.json`
    web.publish(jwks_uri, { headers, body: { keys: [key.publicKey] } })
    web.publish(client_id, {
      headers,
      body: {
        client_id,
        client_name: 'Documented',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks_uri,
      },
    })
    return client_id
  })
  const agent = createUserAgent()
  const until = isAnswer(REDIRECT_URI)

  /** Authorizes page by page, and calls `look` at each page. */
  async function authorizeSlowly({ url }: Authorization, look: () => Promise<void>): Promise<URL> {
    const consent = await agent.open(url)
    await look()
    const upstream = await agent.submit(consent, { button: /^Allow/, until })
    await look()
    const person = { button: { name: 'person', value: ADA }, until }
    return new URL((await agent.submit(upstream, person)).url)
  }

  async function walkAsRegistered(issuer: string, look: () => Promise<void>): Promise<void> {
    const client = await register(issuer)
    await look()
    const authorization = await pushAuthorization(issuer, client)
    await look()
    const answer = await authorizeSlowly(authorization, look)
    await look()
    const form = {
      grant_type: 'authorization_code',
      client_id: client.client_id,
      code: answer.searchParams.get('code') ?? '',
      code_verifier: authorization.codeVerifier,
      redirect_uri: REDIRECT_URI,
    }
    const first = requireTokens(await postWithProof(issuer, dpop, form))
    await look()
    requireTokens(await postWithProof(issuer, dpop, refreshForm(client, first['refresh_token'])))
    await look()
  }

  async function walkAsDocumented(
    issuer: string,
    client: Client,
    look: () => Promise<void>,
  ): Promise<void> {
    const prove = () => {
      const exp = Math.floor(Date.now() / 1000) + ASSERTION_SECONDS
      return key.sign(client.client_id, issuer, { exp })
    }
    const authorization = buildAuthorization(issuer, client)
    const answer = await authorize(authorization, { agent })
    const parts = { answer, codeVerifier: authorization.codeVerifier }
    const first = requireTokens(await redeem(issuer, client, parts, await prove()))
    await look()
    requireTokens(await refresh(issuer, client, first['refresh_token'], await prove()))
    await look()
  }

  return {
    file: {
      registration: { management: true },
      revalidation: { mode: 'on' },
      upstream: { globalTokenRevocation: { emailDomains: ['example.com'] } },
    },
    backchannelLogout: true,
    outbound: web.outbound,
    async walk(issuer, look = async () => {}) {
      await walkAsRegistered(issuer, look)
      for (const client_id of clientIds) await walkAsDocumented(issuer, { client_id }, look)
    },
    close: web.close,
  }
}

function requireTokens({ status, body }: TokenAnswer): TokenAnswer['body'] {
  if (status !== 200) throw new Error(`token request: ${status} ${JSON.stringify(body)}`)
  return body
}
