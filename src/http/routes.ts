// Every path that this server answers, once. Paths of an issuer with a path lose it before they are
// looked up here (middleware/issuer-path.ts).

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

export interface Route {
  /** `:name` stands for one segment, `*` at the end for any rest. */
  readonly path: string
  readonly methods: readonly Method[]
  /** Who gets the answer: a person in a browser reads a page, the others JSON. */
  readonly caller: 'person' | 'client' | 'probe'
  /** Whether scripts of any origin may call it, always without credentials. */
  readonly isCrossOrigin?: boolean
  /** Whether the engine reads client credentials from the Authorization header. */
  readonly takesClientCredentials?: boolean
}

const GET = ['GET', 'HEAD'] as const
// A HEAD must not begin a sign-in, spend the upstream's response or hand out a code (RFC 9110 §9.2.1).
const STEP = ['GET'] as const
const POST = ['POST'] as const

const person = { caller: 'person' } as const
const probe = { caller: 'probe' } as const
const client = { caller: 'client', isCrossOrigin: true } as const
const authenticated = { ...client, takesClientCredentials: true } as const

export const ROUTES = {
  authorization: { path: '/authorize', methods: ['GET', 'POST'], ...person },
  resume: { path: '/authorize/:uid', methods: STEP, ...person },
  interaction: { path: '/interaction/:uid', methods: GET, ...person },
  approve: { path: '/interaction/:uid/approve', methods: POST, ...person },
  deny: { path: '/interaction/:uid/deny', methods: POST, ...person },
  token: { path: '/token', methods: POST, ...authenticated },
  pushedAuthorizationRequest: { path: '/par', methods: POST, ...authenticated },
  revocation: { path: '/revoke', methods: POST, ...authenticated },
  registration: { path: '/register', methods: POST, ...client },
  registeredClient: { path: '/register/:clientId', methods: ['GET', 'PUT', 'DELETE'], ...client },
  introspection: { path: '/introspect', methods: POST, caller: 'client' },
  userinfo: { path: '/userinfo', methods: ['GET', 'HEAD', 'POST'], ...client },
  jwks: { path: '/jwks', methods: GET, ...client },
  oauthMetadata: { path: '/.well-known/oauth-authorization-server', methods: GET, ...client },
  openidMetadata: { path: '/.well-known/openid-configuration', methods: GET, ...client },
  // Not found, but browser-based clients that probe for it must be able to read that.
  otherMetadata: { path: '/.well-known/*', methods: GET, ...client },
  asset: { path: '/assets/:file', methods: GET, ...person },
  icon: { path: '/favicon.ico', methods: GET, ...person },
  livez: { path: '/livez', methods: GET, ...probe },
  readyz: { path: '/readyz', methods: GET, ...probe },
} as const satisfies Record<string, Route>

/** The paths that the engine is configured with, by its own names. */
export const ENGINE_ROUTES = {
  authorization: ROUTES.authorization.path,
  token: ROUTES.token.path,
  jwks: ROUTES.jwks.path,
  pushed_authorization_request: ROUTES.pushedAuthorizationRequest.path,
  registration: ROUTES.registration.path,
  revocation: ROUTES.revocation.path,
} as const

/** @param path of the upstream's redirect URI, without the issuer's path */
export function callbackRoute(path: string): Route {
  return { path, methods: STEP, ...person }
}

/** Finds the route of a request's path, in any case and with a slash at the end, as routers match it. */
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
    .replace(/(.)\/$/, '$1')
    .split('/')
}

const firstSegment = (path: string) => segmentsOf(path)[1]

/** Whether `path` begins like a route of this table. */
export function isTaken(path: string): boolean {
  return callerOf(path) !== undefined
}

/** Who calls a path, found or not: what lies under a client's route is a client's. */
export function callerOf(path: string): Route['caller'] | undefined {
  const first = firstSegment(path)
  return Object.values(ROUTES).find((route) => firstSegment(route.path) === first)?.caller
}

/** The path of something that pages load. */
export function assetPath(file: string): string {
  return ROUTES.asset.path.replace(':file', file)
}

/** The path of an interaction's page, or of one of the two answers to it. */
export function interactionPath(
  uid: string,
  route: 'interaction' | 'approve' | 'deny' = 'interaction',
): string {
  return ROUTES[route].path.replace(':uid', uid)
}
