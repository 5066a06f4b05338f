// The operations that are measured, each the same for every server.
import { randomBytes } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import {
  authorize,
  buildAuthorization,
  logIn,
  REDIRECT_URI,
  redeem,
  register,
} from '../../test/support/journey.ts'
import { createPerson } from './crowd.ts'
import { type Answer, createSender } from './sender.ts'

export const OPERATIONS = [
  'discovery',
  'jwks',
  'registration',
  'refresh',
  'journey',
  'introspection',
] as const
export type OperationName = (typeof OPERATIONS)[number]

export const METADATA_PATH = '/.well-known/oauth-authorization-server'
const SCOPE = 'mcp:tools'

/** The server has too much to do, and did nothing. */
export class RefusedError extends Error {}

export interface Operation {
  /** One request of a worker; each worker has a session of its own. */
  work(worker: number): Promise<void>
  /** @throws Error if a token that a worker got last does not verify */
  verify(): Promise<void>
  close(): void
}

export interface Target {
  readonly issuer: string
  readonly resource: string
  /** Of the resource server, for introspection: `id:secret`. */
  readonly resourceServer: string | undefined
  readonly metadataPath: string
}

export async function prepareOperation(
  name: OperationName,
  target: Target,
  workers: number,
): Promise<Operation> {
  const { issuer, resource } = target
  const sender = createSender(issuer)
  const accessTokens: string[] = []
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
  const metadata = { grant_types: ['authorization_code', 'refresh_token'], scope: SCOPE }
  const parameters = { resource, scope: SCOPE }

  const works: Record<OperationName, () => Promise<Operation['work']>> = {
    discovery: async () => async () => {
      expectStatus(200, await sender.get(target.metadataPath))
    },
    jwks: async () => async () => {
      expectStatus(200, await sender.get('/jwks'))
    },
    registration: async () => async () => {
      const client = {
        ...metadata,
        client_name: 'Benchmark',
        // Public clients with the same metadata are the same client.
        client_uri: `https://client.example/${randomBytes(8).toString('hex')}`,
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
      }
      expectStatus(201, await sender.postJson('/register', client))
    },
    async refresh() {
      const sessions = await openSessions()
      return async (worker) => {
        const session = sessions[worker]
        if (!session) throw new Error(`worker ${worker} has no session`)
        const form = { grant_type: 'refresh_token', ...session }
        const { body } = expectStatus(200, await sender.postForm('/token', form))
        const { access_token, refresh_token } = JSON.parse(body)
        session.refresh_token = refresh_token
        accessTokens[worker] = access_token
      }
    },
    journey: async () => async (worker) => {
      const client = await register(issuer, metadata)
      const authorization = buildAuthorization(issuer, client, parameters)
      const answer = await authorize(authorization, { person: createPerson() })
      const { codeVerifier } = authorization
      const { status, body } = await redeem(issuer, client, { answer, codeVerifier })
      if (status !== 200) throw new Error(`the code was not redeemed: ${status}`)
      accessTokens[worker] = String(body['access_token'])
    },
    async introspection() {
      await openSessions()
      const authorization = `Basic ${Buffer.from(target.resourceServer ?? '').toString('base64')}`
      return async (worker) => {
        const token = accessTokens[worker] ?? ''
        const answer = await sender.postForm('/introspect', { token }, { authorization })
        if (!expectStatus(200, answer).body.includes('"active":true')) throw new Error('not active')
      }
    },
  }

  async function openSessions(): Promise<{ client_id: string; refresh_token: string }[]> {
    const sessions = []
    for (let worker = 0; worker < workers; worker++) {
      const person = createPerson()
      const { client, tokens } = await logIn(issuer, { metadata, parameters, person })
      accessTokens[worker] = String(tokens['access_token'])
      const refreshToken = String(tokens['refresh_token'])
      sessions.push({ client_id: client.client_id, refresh_token: refreshToken })
    }
    return sessions
  }

  return {
    work: await works[name](),
    async verify() {
      for (const token of accessTokens.filter(Boolean)) {
        await jwtVerify(token, keys, { issuer, audience: resource })
      }
    },
    close: sender.close,
  }
}

function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status === status) return answer
  if (answer.status === 503) throw new RefusedError(answer.body)
  throw new Error(`${answer.status} instead of ${status}: ${answer.body.slice(0, 500)}`)
}
