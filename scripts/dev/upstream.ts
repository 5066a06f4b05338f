// An upstream OpenID provider for development and tests: everything in memory, three people, no
// passwords. Its cookies have a prefix, because both servers run on `localhost` and cookies ignore ports.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type Configuration, interactionPolicy } from 'oidc-provider'
import { listen } from './listen.ts'
import { createMemoryAdapter } from './memory-adapter.ts'
import { type FindPerson, findPerson as findDevPerson } from './people.ts'
import { createLogin } from './upstream-login.ts'
import { errorPage, signedOutPage, signOutPage } from './upstream-pages.ts'

export interface DevUpstreamClient {
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uris: readonly string[]
  /** Where it is told that a person has signed out; its ID tokens then have a `sid`. */
  readonly backchannel_logout_uri?: string
}

export interface DevUpstream {
  readonly issuer: string
  /** The address that it listens on. It differs from the issuer behind a proxy or in a container. */
  readonly url: string
  /** The private key that it signs with. */
  readonly signingKey: JWK
  /** From now on it signs with a new key, and publishes no other. `kid` undefined: the key's thumbprint. */
  rotateKey(kid?: string): Promise<void>
  close(): Promise<void>
}

export async function startDevUpstream(options: {
  port: number
  host?: string
  issuer?: string
  clients: readonly DevUpstreamClient[]
  quiet?: boolean
  /** By default, the three people of people.ts. */
  findPerson?: FindPerson
}): Promise<DevUpstream> {
  const { host = '127.0.0.1', clients, quiet = false, findPerson = findDevPerson } = options
  const firstKey = await generateSigningKey()
  const { server, port, close } = await listen({ port: options.port, host })
  const issuer = options.issuer ?? `http://localhost:${port}`
  const adapter = createMemoryAdapter()
  const cookieKeys = [randomBytes(32)]

  function createHandler(signingKey: JWK) {
    const provider = new Provider(issuer, {
      ...configuration,
      findAccount(_ctx, sub) {
        const person = findPerson(sub)
        return person && { accountId: sub, claims: () => ({ ...person }) }
      },
      adapter,
      clients: clients.map((client) => ({
        ...client,
        redirect_uris: [...client.redirect_uris],
        backchannel_logout_session_required: client.backchannel_logout_uri !== undefined,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      })),
      jwks: { keys: [signingKey] },
      cookies: { ...configuration.cookies, keys: cookieKeys },
    })
    provider.silent = quiet
    if (!quiet) provider.on('server_error', (_ctx, error) => console.error('[upstream]', error))
    provider.use(createLogin(provider, findPerson))
    return provider.callback()
  }

  const issuerHost = new URL(issuer).host
  let signingKey = firstKey
  let handle = createHandler(signingKey)
  server.on('request', (request, response) => {
    // The engine builds its metadata from the Host header, which must match the issuer even if the server
    // has another name.
    request.headers.host = issuerHost
    return handle(request, response)
  })
  return {
    issuer,
    url: `http://${host}:${port}`,
    get signingKey() {
      return signingKey
    },
    async rotateKey(kid) {
      const key = await generateSigningKey()
      signingKey = kid === undefined ? key : { ...key, kid }
      handle = createHandler(signingKey)
    },
    close,
  }
}

async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }
}

const policy = interactionPolicy.base()
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)

const dayInSeconds = 24 * 60 * 60

// Many keys only repeat a default, because the engine prints a notice for each key that is missing.
const configuration = {
  claims: {
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name', 'picture', 'groups'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
  },
  clientBasedCORS: () => false,
  cookies: {
    names: {
      session: 'dev_upstream_session',
      interaction: 'dev_upstream_interaction',
      resume: 'dev_upstream_resume',
    },
  },
  // Logout tokens go to a server on loopback, which the engine's own fetch refuses.
  fetch: (url, { method = 'GET', headers = {}, body = null } = {}) =>
    fetch(url, { method, headers, body }),
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = signOutPage(form)
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = signedOutPage()
      },
    },
  },
  interactions: { policy, url: (_ctx, { uid }) => `/interaction/${uid}` },
  // Without a consent page: the upstream grants everything that the client requests.
  async loadExistingGrant({ oidc }) {
    const { client, session, provider, requestParamOIDCScopes, requestParamClaims } = oidc
    if (!client || !session?.accountId) return undefined
    const { clientId } = client
    const grant = new provider.Grant({ clientId, accountId: session.accountId })
    grant.addOIDCScope([...requestParamOIDCScopes].join(' '))
    grant.addOIDCClaims([...requestParamClaims])
    await grant.save()
    return grant
  },
  renderError(ctx, { error, error_description }) {
    ctx.type = 'html'
    ctx.body = errorPage(error, error_description)
  },
  ttl: {
    AccessToken: 60 * 60,
    AuthorizationCode: 60,
    Grant: 14 * dayInSeconds,
    IdToken: 60 * 60,
    Interaction: 60 * 60,
    RefreshToken: 14 * dayInSeconds,
    Session: 14 * dayInSeconds,
  },
} satisfies Configuration
