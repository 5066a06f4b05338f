// Every path that this server answers, once. If the issuer has a path, middleware/issuer-path.ts strips it
// before a route is looked up.
import type { BudgetName } from '../domain/rate-limits.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

export interface Route {
  /** `:name` matches one segment; `*` at the end matches any rest. */
  readonly path: string
  readonly methods: readonly Method[]
  /** A person in a browser gets errors as a page; clients and probes get JSON. */
  readonly caller: 'person' | 'client' | 'probe'
  /** Whether scripts of any origin may call it (CORS), always without credentials. */
  readonly isCrossOrigin?: boolean
  /** Whether the engine reads client credentials from the Authorization header. */
  readonly takesClientCredentials?: boolean
  /** The rate limit of senders that each request counts against. */
  readonly budget?: BudgetName
  /** Of POST requests, if it is another one. */
  readonly postBudget?: BudgetName
  /** Whether failures count against the limit of their client and address. */
  readonly limitsFailures?: boolean
  /**
   * How full the server may be, as a part of `maxRequests`, for a request to be admitted. Absent: it always is.
   * Under too much load, sign-ins that have begun go before new ones, and tokens before sign-ins.
   */
  readonly fullness?: number
  /** The size of a body that the engine reads. Absent: as much as the engine accepts. */
  readonly maxBodyBytes?: number
}

const GET = ['GET', 'HEAD'] as const
// No HEAD: it must not begin a sign-in, consume the upstream's response or issue a code (RFC 9110 §9.2.1).
const STEP = ['GET'] as const
const POST = ['POST'] as const

const BEGIN = 0.5
const GO_ON = 0.75

const person = { caller: 'person' } as const
const signIn = { ...person, fullness: GO_ON } as const
const account = { ...person, budget: 'signIn', fullness: BEGIN } as const
const probe = { caller: 'probe' } as const
const client = { caller: 'client', isCrossOrigin: true } as const
const authenticated = {
  ...client,
  fullness: 1,
  takesClientCredentials: true,
  limitsFailures: true,
} as const
const KIB = 1024
const registered = { ...client, fullness: BEGIN, maxBodyBytes: 48 * KIB } as const
const pushed = {
  ...authenticated,
  fullness: BEGIN,
  budget: 'pushedRequest',
  maxBodyBytes: 16 * KIB,
} as const

/** The upstream calls it, and strangers may: a signature is verified for each request. */
const upstreamEvent = {
  caller: 'client',
  methods: POST,
  fullness: 1,
  budget: 'upstreamEvent',
  limitsFailures: true,
  maxBodyBytes: 16 * KIB,
} as const

export const ROUTES = {
  authorization: {
    path: '/authorize',
    methods: ['GET', 'POST'],
    budget: 'authorization',
    fullness: BEGIN,
    ...person,
  },
  resume: { path: '/authorize/:uid', methods: STEP, ...signIn },
  interaction: { path: '/interaction/:uid', methods: GET, ...signIn },
  approve: { path: '/interaction/:uid/approve', methods: POST, budget: 'signIn', ...signIn },
  deny: { path: '/interaction/:uid/deny', methods: POST, ...signIn },
  account: { path: '/account', methods: GET, ...account },
  accountSignIn: { path: '/account/sign-in', methods: POST, ...account, budget: 'authorization' },
  accountRemove: { path: '/account/remove', methods: POST, ...account },
  accountSignOut: { path: '/account/sign-out', methods: POST, ...account },
  logout: { path: '/logout', methods: ['GET', 'HEAD', 'POST'], ...account },
  logoutConfirmation: { path: '/logout/confirm', methods: POST, ...account },
  token: { path: '/token', methods: POST, ...authenticated },
  pushedAuthorizationRequest: { path: '/par', methods: POST, ...pushed },
  revocation: { path: '/revoke', methods: POST, ...authenticated },
  registration: { path: '/register', methods: POST, budget: 'registration', ...registered },
  registeredClient: {
    path: '/register/:clientId',
    methods: ['GET', 'PUT', 'DELETE'],
    ...registered,
  },
  backchannelLogout: { path: '/backchannel-logout', ...upstreamEvent },
  globalTokenRevocation: { path: '/global-token-revocation', ...upstreamEvent },
  introspection: {
    path: '/introspect',
    methods: POST,
    caller: 'client',
    fullness: 1,
    limitsFailures: true,
  },
  userinfo: { path: '/userinfo', methods: ['GET', 'HEAD', 'POST'], ...client, fullness: 1 },
  jwks: { path: '/jwks', methods: GET, ...client },
  oauthMetadata: { path: '/.well-known/oauth-authorization-server', methods: GET, ...client },
  openidMetadata: { path: '/.well-known/openid-configuration', methods: GET, ...client },
  // Answered with 404, which browser-based clients that probe for other metadata must be able to read.
  otherMetadata: { path: '/.well-known/*', methods: GET, ...client },
  landing: { path: '/', methods: GET, ...person },
  asset: { path: '/assets/:file', methods: GET, ...person },
  connect: {
    path: '/connect',
    methods: ['GET', 'HEAD', 'POST'],
    ...account,
    postBudget: 'authorization',
  },
  icon: { path: '/favicon.ico', methods: GET, ...person },
  livez: { path: '/livez', methods: GET, ...probe },
  readyz: { path: '/readyz', methods: GET, ...probe },
} as const satisfies Record<string, Route>

/** The paths that the engine is configured with, by the engine's names. */
export const ENGINE_ROUTES = {
  authorization: ROUTES.authorization.path,
  token: ROUTES.token.path,
  jwks: ROUTES.jwks.path,
  pushed_authorization_request: ROUTES.pushedAuthorizationRequest.path,
  registration: ROUTES.registration.path,
  revocation: ROUTES.revocation.path,
} as const

/** @param path the path of our redirect URI at the upstream, without the issuer's path */
export function callbackRoute(path: string): Route {
  // Routers ignore one slash more than the pattern has, and `createRouteFinder` ignores one in total.
  return { path: path.replace(/\/$/, ''), methods: STEP, budget: 'signIn', ...signIn }
}

/** Finds the route of a request's path. Ignores case and one trailing slash, as routers do. */
export type FindRoute = (path: string) => Route | undefined

export function createRouteFinder(routes: readonly Route[]): FindRoute {
  const patterns = routes.map((route) => ({ route, segments: segmentsOf(route.path) }))
  return (path) => {
    const segments = segmentsOf(path)
    return patterns.find(({ segments: pattern }) => isMatch(pattern, segments))?.route
  }
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*'
  const fixed = isOpen ? pattern.slice(0, -1) : pattern
  if (isOpen ? segments.length <= fixed.length : segments.length !== fixed.length) return false
  return fixed.every((part, at) => part === segments[at] || (part.startsWith(':') && segments[at]))
}

function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .replace(/([^/])\/$/, '$1')
    .split('/')
}

const firstSegment = (path: string) => segmentsOf(path)[1]

/** Whether the first segment of `path` is that of a route in the table. */
export function isTaken(path: string): boolean {
  return callerOf(path) !== undefined
}

/** The caller of a path, by its first segment: a path below a client's route is a client's, found or not. */
export function callerOf(path: string): Route['caller'] | undefined {
  const first = firstSegment(path)
  return Object.values(ROUTES).find((route) => firstSegment(route.path) === first)?.caller
}

/** The path of a file that pages load. */
export function assetPath(file: string): string {
  return ROUTES.asset.path.replace(':file', file)
}

/** The path of the account page. @param done what it confirms */
export function accountPath(done?: string): string {
  return done === undefined ? ROUTES.account.path : `${ROUTES.account.path}?done=${done}`
}

/** The path of an interaction's consent page, or of one of its two answers. */
export function interactionPath(
  uid: string,
  route: 'interaction' | 'approve' | 'deny' = 'interaction',
): string {
  return ROUTES[route].path.replace(':uid', uid)
}

/** Where a person connects a resource server with the upstream. */
export function connectPath(resource: string): string {
  return `${ROUTES.connect.path}?${new URLSearchParams({ resource })}`
}
