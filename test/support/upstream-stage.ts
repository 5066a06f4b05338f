// A server whose upstream is the simulator of one provider.
import { exportJWK, generateKeyPair } from 'jose'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { AppError } from '../../src/errors.ts'
import { createRecordStores } from '../../src/records/create-record-stores.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Identity } from '../../src/upstream/identity.ts'
import { createRelyingParty, type RelyingParty } from '../../src/upstream/relying-party.ts'
import type { ProviderCase } from '../fixtures/upstream-providers.ts'
import { buildAuthorization, isAnswer, REDIRECT_URI, register } from './journey.ts'
import { startTestServer, type TestServer } from './server.ts'
import { startUpstreamSimulator, type UpstreamSimulator } from './upstream-simulator.ts'

const until = (url: URL) => isAnswer(REDIRECT_URI)(url) || url.hostname !== 'localhost'

const assertionKeys = await generateKeyPair('RS256', { extractable: true })
const HEADER = { kid: 'k', alg: 'RS256', x5t: 'thumbprint-1', 'x5t#S256': 'thumbprint-256' }
const privateKey = { ...(await exportJWK(assertionKeys.privateKey)), ...HEADER }
const publicKey = { ...(await exportJWK(assertionKeys.publicKey)) }
/** Basic credentials encode it. */
const CLIENT_SECRET = 'secret: 100% + the client’s'

/** @param now the server's clock */
export async function openUpstreamStage(provider: ProviderCase, now: () => number = Date.now) {
  const { quirks } = provider
  const usesKey = quirks.authMethod === 'private_key_jwt'
  const audience = provider.assertionAudience ?? quirks.issuer
  const assertions = usesKey ? { assertions: { publicKey, audience, header: HEADER } } : {}
  const credentials = { clientSecret: CLIENT_SECRET, ...assertions }
  const simulator = await startUpstreamSimulator({ ...quirks, ...credentials })
  const store = createMemoryStore({ now: Date.now })
  const server = await startTestServer({
    env: {
      UPSTREAM_ISSUER: quirks.issuer,
      UPSTREAM_CLIENT_SECRET: CLIENT_SECRET,
      ...(usesKey ? { UPSTREAM_PRIVATE_KEY: JSON.stringify(privateKey) } : {}),
      ...provider.env,
    },
    ...(provider.file ? { file: provider.file } : {}),
    overrides: { upstreamFetch: simulator.fetch, store, now },
    upstream: { issuer: quirks.issuer, close: simulator.close },
  })
  const { accounts } = createRecordStores({
    config: server.config,
    store,
    now: Date.now,
    monotonicNow: Date.now,
    logger: { warn() {}, error() {} },
  })
  return { simulator, server, accounts }
}

/** Signs in as a browser does. Returns the client's answer, or the page that the person is left with. */
export async function signIn(server: TestServer, simulator: UpstreamSimulator) {
  const client = await register(server.issuer)
  const agent = createUserAgent()
  const authorization = buildAuthorization(server.issuer, client)
  const consent = await agent.open(authorization.url)
  const away = await agent.submit(consent, { button: /^Allow/, until })
  const page = await agent.open(await simulator.authorize(away.url), { until })
  return { client, page, authorization }
}

export function relyingPartyOf(server: TestServer, simulator: UpstreamSimulator): RelyingParty {
  const upstream = { ...server.config.upstream, needsRefreshTokens: true }
  return createRelyingParty({ upstream, fetch: simulator.fetch, now: Date.now })
}

export async function identifyOnce(
  relyingParty: RelyingParty,
  simulator: UpstreamSimulator,
): Promise<Identity> {
  const request = { prompt: undefined, maxAgeSeconds: undefined, loginHint: undefined }
  const begun = await relyingParty.begin(request)
  return relyingParty.complete((await simulator.authorize(begun.url)).search, begun)
}

export const partOf = ({ sub, verifiedEmail, emailDomain, accessClaims }: Identity) => ({
  sub,
  verifiedEmail,
  emailDomain,
  accessClaims,
})

/** The code of the error that the work ends with. */
export const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : error),
  )
