// The yardstick of the benchmark: oidc-provider itself, with a page that asks for approval and a sign-in at the
// same upstream. It reads the settings of `mcp-oidc-server` that it has a use for.
import { createServer } from 'node:http'
import type { Middleware } from 'koa'
import Provider, { type Configuration, type JWKS } from 'oidc-provider'
import * as upstreamClient from 'openid-client'
import { createBareRedisAdapter } from './bare-redis-adapter.ts'

const issuer = setting('OIDC_ISSUER')
const redirectUri = `${issuer}/interaction/callback`
const alg = setting('ACCESS_TOKEN_ALG') as 'RS256' | 'ES256' // as the benchmark sets it
const { adapter, close } = createBareRedisAdapter(setting('STORE_URL'))

const accounts = new Map<string, Record<string, unknown>>()

const configuration: Configuration = {
  adapter,
  clientBasedCORS: () => true,
  cookies: { keys: [setting('SESSION_SECRET')] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => setting('RESOURCES'),
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: 'mcp:tools',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg } },
      }),
    },
    revocation: { enabled: true },
  },
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({ ...accounts.get(sub), sub }),
  }),
  // The engine derives the path of the interaction's cookie from it, and the callback needs that cookie.
  interactions: { url: (_ctx, { uid }) => `/interaction?uid=${uid}` },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  jwks: JSON.parse(setting('JWKS')) as JWKS, // made by the benchmark
  pkce: { required: () => true },
  routes: { authorization: '/authorize', registration: '/register', introspection: '/introspect' },
  scopes: ['openid', 'offline_access', 'mcp:tools'],
  ttl: { Grant: 3600, Interaction: 600, Session: 3600, IdToken: 600, RefreshToken: 3600 },
}
const provider = new Provider(issuer, configuration)
provider.silent = true
provider.use(signIn())

const server = createServer(provider.callback())
server.listen(Number(setting('OIDC_PORT')), setting('OIDC_HOST'))
process.once('SIGTERM', () => {
  server.close(() => void close())
  server.closeAllConnections()
})

function setting(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run this by npm run bench`)
  return value
}

/** GET asks, POST goes on to the upstream, and the callback gives the client what it asked for. */
function signIn(): Middleware {
  const attempts = new Map<string, string>()
  let discovering: Promise<upstreamClient.Configuration> | undefined

  const discover = () => {
    discovering ??= upstreamClient.discovery(
      new URL(setting('UPSTREAM_ISSUER')),
      setting('UPSTREAM_CLIENT_ID'),
      setting('UPSTREAM_CLIENT_SECRET'),
      undefined,
      { execute: [upstreamClient.allowInsecureRequests] },
    )
    return discovering
  }

  async function begin(): Promise<URL> {
    const state = upstreamClient.randomState()
    const codeVerifier = upstreamClient.randomPKCECodeVerifier()
    attempts.set(state, codeVerifier)
    return upstreamClient.buildAuthorizationUrl(await discover(), {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      state,
      code_challenge: await upstreamClient.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    })
  }

  async function complete(url: URL): Promise<string> {
    const state = url.searchParams.get('state') ?? ''
    const pkceCodeVerifier = attempts.get(state) ?? ''
    attempts.delete(state)
    const checks = { expectedState: state, pkceCodeVerifier }
    const tokens = await upstreamClient.authorizationCodeGrant(await discover(), url, checks)
    const sub = tokens.claims()?.sub ?? ''
    // The ID token of the dev upstream has no name and no address, and a server with accounts needs both.
    accounts.set(
      sub,
      await upstreamClient.fetchUserInfo(await discover(), tokens.access_token, sub),
    )
    return sub
  }

  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction')) return next()
    const interaction = await provider.interactionDetails(ctx.req, ctx.res)
    if (ctx.path === '/interaction/callback') {
      const accountId = await complete(new URL(ctx.originalUrl, issuer))
      const clientId = String(interaction.params['client_id'])
      const grant = new provider.Grant({ accountId, clientId })
      grant.addResourceScope(setting('RESOURCES'), 'mcp:tools')
      grant.addOIDCScope('openid offline_access mcp:tools')
      const consent = { grantId: await grant.save() }
      return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent })
    }
    if (ctx.method === 'POST') return ctx.redirect((await begin()).href)
    ctx.type = 'html'
    ctx.body = '<form method="post"><button>Allow</button></form>'
  }
}
