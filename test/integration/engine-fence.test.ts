// The fence of src/provider/internals.ts. For each thing that we rely on beyond the engine's documentation,
// `holds` shows that the server needs it, and `change` does to the engine what an upgrade might: the member
// exists and is not called or read any more. Renamed members are refused at start-up.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import Provider, { type KoaContextWithOIDC } from 'oidc-provider'
// @ts-expect-error As in internals.ts.
import Router from 'oidc-provider/lib/helpers/router.js'
// @ts-expect-error As in internals.ts.
import { get as stateOf } from 'oidc-provider/lib/helpers/weak_cache.js'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import {
  checkEngine,
  createGrantWithId,
  createPlainContextProvider,
  hasSavedGrant,
} from '../../src/provider/internals.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import { createDpopKey } from '../support/dpop.ts'
import { obtainCodeForm, postWithProof } from '../support/dpop-journey.ts'
import {
  buildAuthorization,
  logIn,
  obtainTokens,
  REDIRECT_URI,
  refresh,
  register,
} from '../support/journey.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

// The engine is changed behind its declarations here; each use says what it expects.
type Engine = Provider & Record<string, never>

interface Stage {
  readonly server: TestServer
  /** The server's own engine. */
  readonly engine: Engine
  /** A request that the engine has answered. */
  readonly context: KoaContextWithOIDC
  /** The object that the contexts of the server's application inherit from. */
  readonly contextPrototype: object
  close(): Promise<void>
}

/** An engine without any of our overrides. */
const plainEngine = () =>
  new Provider('http://localhost', {
    features: { devInteractions: { enabled: false } },
  }) as Engine

async function openStage(): Promise<Stage> {
  const memory = createMemoryStore({ now: Date.now })
  let seen: KoaContextWithOIDC | undefined
  const store = {
    ...memory,
    get: (key: string) => {
      seen ??= Provider.ctx
      return memory.get(key)
    },
  }
  const server = await startTestServer({
    issuerPath: '/tenant',
    file: { registration: { management: true } },
    overrides: { store },
  })
  // The first request of a client that is not known shows the engine to the store.
  await send(`${server.issuer}/authorize?client_id=nobody`)
  assert.ok(seen)
  return {
    server,
    engine: seen.oidc.provider as Engine,
    context: seen,
    contextPrototype: Object.getPrototypeOf(seen),
    close: () => server.close(),
  }
}

/** Makes a property keep what `get` says, whatever is assigned to it. */
function pin(target: object, name: string, get: () => unknown): void {
  Object.defineProperty(target, name, { configurable: true, get, set() {} })
}

/** The consent page opens for this request, after a redirect to it. */
async function asksForConsent(stage: Stage, parameters: Record<string, string> = {}) {
  const client = await register(stage.server.issuer)
  const { url } = buildAuthorization(stage.server.issuer, client, parameters)
  const answer = await send(url)
  return /\/interaction\//.test(answer.headers.get('location') ?? '')
}

/** Makes the engine's contexts do what they do without our overrides. */
function restoreEntity({ engine }: Stage): void {
  const { OIDCContext } = engine as unknown as { OIDCContext: { prototype: object } }
  const plain = plainEngine() as unknown as { OIDCContext: { prototype: { entity: object } } }
  Object.assign(OIDCContext.prototype, { entity: plain.OIDCContext.prototype.entity })
}

interface Reliance {
  readonly holds: (stage: Stage) => Promise<boolean>
  readonly change: (stage: Stage) => void
}

const RELIANCES: Readonly<Record<string, Reliance>> = {
  'OIDCContext.prototype.entity is called with the client before scope and resource are checked': {
    holds: (stage) => asksForConsent(stage, { prompt: 'select_account' }),
    change: restoreEntity,
  },
  'OIDCContext.prototype.entity is called with the client of a query that was not parsed': {
    async holds({ server }) {
      const redirect_uri = 'https://client.example/callback'
      const client = await register(server.issuer, { redirect_uris: [redirect_uri] })
      const { url } = buildAuthorization(server.issuer, client, { redirect_uri })
      return (await send(url.replace('/authorize', '/authorize/x'))).status === 400
    },
    change: restoreEntity,
  },
  'OIDCContext.prototype.entity is called with an interaction before its result is used': {
    async holds({ server }) {
      const client = await register(server.issuer)
      const agent = createUserAgent()
      const consent = await agent.open(buildAuthorization(server.issuer, client).url)
      const until = (url: URL) => url.pathname.startsWith('/tenant/authorize/')
      const { url } = await agent.submit(consent, { button: 'Deny', until })
      const cookies = await agent.cookies.getCookieString(url)
      const [cookie = ''] = /mcp_oidc_resume=[^;]+; mcp_oidc_resume\.sig=[^;]+/.exec(cookies) ?? []
      assert.ok(cookie)
      return (await send(url, { headers: { cookie } })).status === 400
    },
    change: restoreEntity,
  },
  'OIDCContext.prototype.entity is called with the registration token before the body is read': {
    async holds({ server }) {
      const metadata = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' }
      const registered = jsonOf(await send(`${server.issuer}/register`, { body: metadata }))
      const authorization = `Bearer ${registered['registration_access_token']}`
      const { client_id } = registered
      const body = { ...metadata, client_id, grant_types: ['authorization_code', 'unknown'] }
      const url = `${server.issuer}/register/${client_id}`
      return (await send(url, { method: 'PUT', headers: { authorization }, body })).status === 200
    },
    change: restoreEntity,
  },
  'the body of a registration is read again after idFactory': {
    async holds({ server }) {
      const body = { redirect_uris: [REDIRECT_URI], grant_types: ['authorization_code', 'unknown'] }
      return (await send(`${server.issuer}/register`, { body })).status === 201
    },
    change({ engine }) {
      const { OIDCContext } = engine as unknown as { OIDCContext: { prototype: object } }
      const bodies = new WeakMap<object, unknown>()
      // The first body stays.
      Object.defineProperty(OIDCContext.prototype, 'body', {
        get() {
          return bodies.get(this)
        },
        set(body: unknown) {
          if (!bodies.has(this)) bodies.set(this, body)
        },
      })
    },
  },
  'req.iterator is called to read a body': {
    async holds({ server }) {
      const body = { redirect_uris: [REDIRECT_URI], client_name: 'x'.repeat(50 * 1024) }
      return (await send(`${server.issuer}/register`, { body, isChunked: true })).status === 413
    },
    change() {
      const { iterator } = IncomingMessage.prototype
      pin(IncomingMessage.prototype, 'iterator', () => iterator)
    },
  },
  'Client.prototype.redirectUriAllowed is called to compare redirect URIs': {
    holds: (stage) =>
      asksForConsent(stage, { redirect_uri: REDIRECT_URI.replace('127.0.0.1', 'localhost') }),
    change({ engine }) {
      const client = engine.Client as unknown as { prototype: object }
      const plain = plainEngine().Client as unknown as { prototype: { redirectUriAllowed: object } }
      Object.assign(client.prototype, { redirectUriAllowed: plain.prototype.redirectUriAllowed })
    },
  },
  'RefreshToken.prototype.generateTokenId names refresh tokens': {
    async holds({ server }) {
      const { client, tokens } = await logIn(server.issuer)
      return (await refresh(server.issuer, client, tokens['refresh_token'])).status === 200
    },
    change({ engine }) {
      const token = engine.RefreshToken as unknown as { prototype: object }
      Object.assign(token.prototype, { generateTokenId: () => randomBytes(16).toString('hex') })
    },
  },
  'Provider.ctx is the request that the code runs for': {
    async holds({ server }) {
      const { client, tokens } = await logIn(server.issuer)
      return (await refresh(server.issuer, client, tokens['refresh_token'])).status === 200
    },
    change: () => pin(Provider, 'ctx', () => undefined),
  },
  'ReplayDetection.unique is asked about proofs': {
    async holds({ server }) {
      const client = await register(server.issuer)
      const form = await obtainCodeForm(server.issuer, client)
      return (await postWithProof(server.issuer, await createDpopKey(), form)).status === 200
    },
    change({ engine }) {
      const model = engine.ReplayDetection as unknown as object
      const plain = plainEngine().ReplayDetection as unknown as {
        unique: (...args: never) => never
      }
      Object.assign(model, { unique: plain.unique.bind(model as never) })
    },
  },
  'DPoPNonces of the private state makes and checks nonces': {
    async holds({ server }) {
      const client = await register(server.issuer)
      const form = await obtainCodeForm(server.issuer, client)
      const { headers } = await postWithProof(server.issuer, await createDpopKey(), form)
      return headers.get('dpop-nonce') !== null
    },
    change: ({ engine }) => pin(stateOf(engine), 'DPoPNonces', () => undefined),
  },
  'ctx.oidc.route names the endpoint': {
    holds: (stage) => asksForConsent(stage, { prompt: 'select_account' }),
    change({ engine }) {
      const { OIDCContext } = engine as unknown as { OIDCContext: { prototype: object } }
      pin(OIDCContext.prototype, 'route', () => 'authorize')
    },
  },
  'ctx.mountPath comes before the paths that the engine links to': {
    async holds({ server }) {
      const body = { redirect_uris: [REDIRECT_URI] }
      const registered = jsonOf(await send(`${server.issuer}/register`, { body }))
      return String(registered['registration_client_uri']).startsWith(`${server.issuer}/`)
    },
    change: ({ contextPrototype }) => pin(contextPrototype, 'mountPath', () => ''),
  },
  'ctx.oidc.client is the client of a request': {
    async holds({ server }) {
      const client = await register(server.issuer)
      await obtainTokens(server.issuer, client)
      const lines = server.logLines.map((line) => JSON.parse(line))
      return lines.some(({ route, clientId }) => route === '/token' && clientId)
    },
    change: ({ contextPrototype }) => {
      const oidc = { client: undefined }
      pin(contextPrototype, 'oidc', () => oidc)
    },
  },
  'an error of an authorization is emitted before its allow_redirect is read': {
    async holds({ server }) {
      const redirect_uri = 'https://client.example/callback'
      const client = await register(server.issuer, { redirect_uris: [redirect_uri] })
      const { url } = buildAuthorization(server.issuer, client, {
        redirect_uri,
        resource: 'https://foreign.example/mcp',
      })
      return (await send(url)).status === 400
    },
    change: ({ engine }) => void engine.removeAllListeners('authorization.error'),
  },
  'errors have a detail': {
    async holds({ server }) {
      const client = await register(server.issuer)
      await refresh(server.issuer, client, 'no-token')
      const lines = server.logLines.map((line) => JSON.parse(line))
      return lines.some(({ route, detail }) => route === '/token' && detail)
    },
    change({ engine }) {
      engine.prependListener('grant.error', (_ctx, error) => {
        Object.assign(error, { error_detail: undefined })
      })
    },
  },
  'a session keeps the members that IN_PAYLOAD lists': {
    async holds({ engine }) {
      const { Session } = engine as unknown as {
        Session: { instantiate(payload: object): { sessionGeneration?: unknown } }
      }
      return Session.instantiate({ sessionGeneration: 3 }).sessionGeneration === 3
    },
    change({ engine }) {
      const model = engine.Session as unknown as object
      const plain = plainEngine().Session as unknown as { instantiate: (payload: object) => object }
      Object.assign(model, { instantiate: (payload: object) => plain.instantiate(payload) })
    },
  },
  'Grant.save keeps the jti that it finds': {
    async holds({ engine }) {
      const id = randomBytes(8).toString('hex')
      const ctx = { oidc: { provider: engine } } as unknown as KoaContextWithOIDC
      const grant = createGrantWithId(ctx, { id, accountId: 'ada', clientId: 'client' })
      return (await grant.save()) === id
    },
    change({ engine }) {
      const { prototype } = engine.Grant as unknown as {
        prototype: { save: (this: { jti?: string }) => Promise<string> }
      }
      const { save } = prototype
      prototype.save = function saveUnderNewId() {
        delete this.jti
        return save.call(this)
      }
    },
  },
  'a Grant that was never saved has no jti': {
    async holds({ engine }) {
      const grant = new engine.Grant({ accountId: 'ada', clientId: 'client' })
      return !hasSavedGrant({ oidc: { entities: { Grant: grant } } } as KoaContextWithOIDC)
    },
    change({ engine }) {
      pin((engine.Grant as unknown as { prototype: object }).prototype, 'jti', () => 'never-saved')
    },
  },
}

for (const [reliance, { holds, change }] of Object.entries(RELIANCES)) {
  test(`we notice when it is no longer true that ${reliance}`, async () => {
    const original = {
      ctx: Object.getOwnPropertyDescriptor(Provider, 'ctx') ?? {},
      iterator: Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'iterator'),
    }
    const stage = await openStage()
    try {
      assert.equal(await holds(stage), true, 'as it is')
      stage.server.logLines.length = 0
      change(stage)
      assert.equal(await holds(stage).catch(() => false), false, 'changed')
    } finally {
      Object.defineProperty(Provider, 'ctx', original.ctx)
      if (original.iterator) {
        Object.defineProperty(IncomingMessage.prototype, 'iterator', original.iterator)
      } else Reflect.deleteProperty(IncomingMessage.prototype, 'iterator')
      await stage.close()
    }
  })
}

/** Member → how an engine looks that calls it something else. */
const RENAMED: Readonly<Record<string, (engine: Engine) => void>> = {
  'Session.IN_PAYLOAD': (engine) => pin(engine, 'Session', () => class {}),
  'OIDCContext.prototype.entity': (engine) => pin(engine, 'OIDCContext', () => class {}),
  'Client.prototype.redirectUriAllowed': (engine) => pin(engine, 'Client', () => class {}),
  'RefreshToken.prototype.generateTokenId': (engine) => pin(engine, 'RefreshToken', () => class {}),
  'ReplayDetection.unique': (engine) => pin(engine, 'ReplayDetection', () => class {}),
  'the route authorization': (engine) => forgetRoute(engine, 'authorization'),
  'the route resume': (engine) => forgetRoute(engine, 'resume'),
  'the route token': (engine) => forgetRoute(engine, 'token'),
  'the route pushed_authorization_request': (engine) =>
    forgetRoute(engine, 'pushed_authorization_request'),
  'the route revocation': (engine) => forgetRoute(engine, 'revocation'),
  'the route client_update': (engine) => forgetRoute(engine, 'client_update'),
}

function forgetRoute(engine: Engine, forgotten: string): void {
  const { pathFor } = engine
  engine.pathFor = (name, ...rest) => {
    if (name === forgotten) throw new Error(`No route found for name: ${name}`)
    return pathFor.call(engine, name, ...rest)
  }
}

/** An engine with the features that the server turns on. */
const configuredEngine = () =>
  new Provider('http://localhost', {
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
      revocation: { enabled: true },
    },
  }) as Engine

test('the engine that is installed has every member that the server relies on', () => {
  checkEngine(configuredEngine())
})

for (const [member, rename] of Object.entries(RENAMED)) {
  test(`an engine without ${member} is refused at start-up, by version and member`, () => {
    const engine = configuredEngine()
    rename(engine)
    assert.throws(() => checkEngine(engine), {
      message: `oidc-provider 9.13.3 lacks ${member}: install the version of package-lock.json`,
    })
  })
}

test('every member that is missing is named', () => {
  const engine = configuredEngine()
  for (const rename of Object.values(RENAMED)) rename(engine)
  assert.throws(
    () => checkEngine(engine),
    ({ message }: Error) => Object.keys(RENAMED).every((member) => message.includes(member)),
  )
})

test('an engine whose private state is elsewhere is refused at start-up', () => {
  const withoutDpop = new Provider('http://localhost', {
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true },
    },
  })
  assert.throws(() => checkEngine(withoutDpop), /lacks features\.dPoP of the private state/)
})

test('the engine keeps its state of a request in a plain property, which V8 reads fast', async () => {
  const stage = await openStage()
  try {
    const { value } = Object.getOwnPropertyDescriptor(stage.context, 'oidc') ?? {}
    assert.equal(value?.ctx, stage.context)
  } finally {
    await stage.close()
  }
})

test('an engine whose routes begin with another step is refused at start-up', () => {
  const { post } = Router.prototype
  let registered = post
  Object.defineProperty(Router.prototype, 'post', {
    configurable: true,
    get: () => registered,
    set(register) {
      registered = (name: string, path: string, _first: unknown, ...steps: unknown[]) =>
        register(name, path, () => {}, ...steps)
    },
  })
  try {
    assert.throws(
      () => createPlainContextProvider('http://localhost', {}),
      /9\.13\.3 has other routes/,
    )
  } finally {
    Object.defineProperty(Router.prototype, 'post', {
      configurable: true,
      writable: true,
      value: post,
    })
  }
})

test('an engine of somebody else in the same process is left as it is', () => {
  const methods = () =>
    ['get', 'post', 'put', 'delete', 'options'].map((name) => Router.prototype[name])
  const before = methods()
  createPlainContextProvider('http://localhost', {
    features: { devInteractions: { enabled: false } },
  })
  assert.deepEqual(methods(), before)
})
