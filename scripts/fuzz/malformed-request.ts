// Builds one malformed request for one of the server's routes, as raw bytes: a request that is almost right, with
// a few things wrong in path, parameters, headers, body or framing.
import { ROUTES, type Route } from '../../src/http/routes.ts'
import type { Ingredients } from './ingredients.ts'
import { MALFORMED, MALFORMED_JSON } from './malformed-values.ts'
import type { Random } from './random.ts'

/** The parameters that the endpoints read, with valid values. Genuine values are added. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  response_type: ['code', 'code id_token'],
  response_mode: ['query', 'fragment', 'form_post', 'web_message', 'jwt'],
  client_id: [],
  client_secret: [],
  redirect_uri: [],
  state: [],
  nonce: ['nonce'],
  scope: ['openid mcp:tools', 'mcp:tools', 'offline_access'],
  resource: ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp/'],
  audience: ['Test sign-in', 'https://mcp.example.com/mcp'],
  code_challenge: ['x'.repeat(43)],
  code_challenge_method: ['S256', 'plain'],
  prompt: ['none', 'login', 'consent', 'select_account', 'create'],
  max_age: ['0', '3600'],
  login_hint: ['ada@example.com'],
  id_token_hint: [],
  acr_values: ['1'],
  ui_locales: ['de', 'es en'],
  claims: ['{"userinfo":{"email":null}}'],
  display: ['page'],
  dpop_jkt: ['x'.repeat(43)],
  request: [],
  request_uri: [],
  registration: [],
  grant_type: [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:device_code',
  ],
  code: [],
  code_verifier: [],
  refresh_token: [],
  token: [],
  subject_token: [],
  subject_token_type: ['urn:ietf:params:oauth:token-type:access_token'],
  requested_token_type: ['urn:ietf:params:oauth:token-type:access_token'],
  actor_token: [],
  logout_token: [],
  token_type_hint: ['access_token', 'refresh_token'],
  client_assertion: [],
  client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
  csrf_token: [],
  account: ['another'],
  kept_scopes: ['openid'],
  iss: [],
  error: ['access_denied', 'server_error', 'x'],
  error_description: ['x'],
  session_state: ['x'],
}

const AUTHORIZATION = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
]

/** The path of our redirect URI at the upstream, which the operator chooses. */
export const CALLBACK_PATH = '/callback'

/** The parameters of requests that would succeed, by route. `name=value` has another value than the first one. */
const RECIPES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  [ROUTES.authorization.path]: [AUTHORIZATION, ['client_id', 'request_uri']],
  [ROUTES.resume.path]: [AUTHORIZATION],
  [ROUTES.pushedAuthorizationRequest.path]: [AUTHORIZATION],
  [ROUTES.token.path]: [
    ['grant_type', 'client_id', 'code', 'code_verifier', 'redirect_uri'],
    ['grant_type=refresh_token', 'client_id', 'refresh_token'],
    [
      'grant_type=urn:ietf:params:oauth:grant-type:token-exchange',
      'client_id=https://mcp.example.com/mcp',
      'client_secret=secret-of-the-mcp-server',
      'subject_token',
      'subject_token_type',
      'audience',
    ],
  ],
  [ROUTES.revocation.path]: [['client_id', 'token']],
  [ROUTES.introspection.path]: [['client_id', 'client_secret', 'token']],
  [ROUTES.approve.path]: [['csrf_token']],
  [ROUTES.deny.path]: [['csrf_token']],
  [ROUTES.accountSignIn.path]: [['csrf_token', 'account']],
  [ROUTES.accountRemove.path]: [
    ['csrf_token', 'grant'],
    ['csrf_token', 'everything'],
  ],
  [ROUTES.accountSignOut.path]: [['csrf_token', 'where']],
  [ROUTES.logout.path]: [['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state']],
  [ROUTES.logoutConfirmation.path]: [
    ['csrf_token', 'client_id', 'post_logout_redirect_uri', 'state'],
  ],
  [ROUTES.backchannelLogout.path]: [['logout_token']],
  [ROUTES.connect.path]: [['resource', 'csrf_token']],
  [CALLBACK_PATH]: [
    ['state', 'code', 'iss'],
    ['state', 'error', 'iss'],
    ['state', 'code', 'iss', 'iss'],
  ],
}

const MEMBERS = [
  'redirect_uris',
  'client_name',
  'client_uri',
  'post_logout_redirect_uris',
  'logo_uri',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'grant_types',
  'response_types',
  'application_type',
  'scope',
  'contacts',
  'jwks',
  'jwks_uri',
  'subject_type',
  'default_max_age',
  'id_token_signed_response_alg',
  'dpop_bound_access_tokens',
  'client_id',
  'client_secret',
  'client_id_issued_at',
  '__proto__',
  'client_name#de',
]

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'x',
]
const FORM = 'application/x-www-form-urlencoded'
const TYPES = [
  FORM,
  `${FORM}; charset=utf-16`,
  'application/json',
  'application/jwt',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
  ';',
  'application/json; charset="',
]
const ACCEPTS = [
  'text/html',
  'application/json',
  '*/*',
  '',
  'text/html;q=x',
  ',,,',
  'x'.repeat(500),
]

export interface MalformedRequest {
  /** One character for each byte (latin1). */
  readonly bytes: string
  /** Whether the server can tell where it ends. */
  readonly isComplete: boolean
}

export function createMalformedRequest(
  random: Random,
  {
    routes,
    host,
    ingredients: all,
  }: { routes: readonly Route[]; host: string; ingredients: Ingredients },
): MalformedRequest {
  const route = random.pick(routes)
  const ingredients = route.path === CALLBACK_PATH ? { ...all, ...all.callback } : all
  const method = random.oneIn(12) ? random.pick(METHODS) : random.pick<string>(route.methods)
  const takesBody = method !== 'GET' && method !== 'HEAD'
  const isRevocation = route.path === ROUTES.globalTokenRevocation.path
  const takesJson = isRevocation || route.path.startsWith('/register')
  const isJson = takesJson ? !random.oneIn(8) : random.oneIn(15)
  const recipes = random.oneIn(3) ? undefined : RECIPES[route.path]
  const parameters = () => createParameters(random, ingredients, recipes && random.pick(recipes))
  const query = !takesBody || random.oneIn(10) ? `?${parameters()}` : ''
  const target = `${createPath(random, route, ingredients)}${random.oneIn(10) ? '' : query}`
  const createBody = () => (isRevocation ? createRevocation(random) : createJson(random))
  const body = takesBody ? (isJson ? createBody() : parameters()) : ''
  const type = isJson ? 'application/json' : FORM
  const framing = createFraming(random, body)
  const headers = createHeaders(random, { host, ingredients, type, route })
  if (takesBody) headers.push(framing.header)
  const bytes = [`${method} ${target} HTTP/1.1`, ...headers, '', body].join('\r\n')
  if (random.oneIn(200)) return { bytes: damage(random, bytes), isComplete: false }
  return { bytes, isComplete: !takesBody || framing.isComplete }
}

/** A right value, or a malformed one, or a right one with a malformed end. */
function createValue(random: Random, right: readonly string[]): string {
  const isMalformed = right.length === 0 || random.oneIn(4)
  if (isMalformed) return random.pick(MALFORMED)
  const value = random.pick(right)
  if (!random.oneIn(8)) return value
  const end = random.below(value.length + 1)
  return random.oneIn(2) ? value.slice(0, end) : value + random.pick(MALFORMED)
}

function createPath(random: Random, route: Route, { values }: Ingredients): string {
  const path = route.path
    .split('/')
    .map((part) => {
      if (part.startsWith(':'))
        return encodeLeniently(random, createValue(random, values[part] ?? []))
      return part === '*' ? encodeLeniently(random, random.pick(MALFORMED)) : part
    })
    .join('/')
  if (!random.oneIn(10)) return path
  return random.pick([
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `${path}/x`,
    `${path}/%2e%2e`,
    path.replace('a', '%61'),
    `${path}%00`,
    `${path};x=1`,
    `http://evil.example${path}`,
    `${path}#x`,
    '*',
  ])
}

/** With a recipe, all of its parameters, mostly right; else any parameters. */
function createParameters(
  random: Random,
  { values }: Ingredients,
  recipe: readonly string[] | undefined,
): string {
  const all = Object.keys(PARAMETERS)
  const names = recipe ? [...recipe] : all.filter(() => random.oneIn(3))
  if (random.oneIn(5)) names.push(random.pick(all), random.pick(MALFORMED))
  const right = (name: string) => {
    // A malformed name may be that of an inherited property.
    const known = (from: typeof PARAMETERS) => (Object.hasOwn(from, name) ? from[name] : []) ?? []
    return [...known(PARAMETERS), ...known(values)]
  }
  const chooseValue = (name: string, wanted: string | undefined) => {
    const [first] = right(name)
    if (recipe === undefined || random.oneIn(6)) return createValue(random, right(name))
    if (wanted !== undefined) return wanted
    if (first === undefined) return createValue(random, right(name))
    return random.pick(name.endsWith('_type') || name === 'client_id' ? [first] : right(name))
  }
  return names
    .map((part) => {
      const [, name = part, wanted] = (recipe?.includes(part) && /^(\w+)=(.*)$/.exec(part)) || []
      return `${encodeLeniently(random, name)}=${encodeLeniently(random, chooseValue(name, wanted))}`
    })
    .join(random.oneIn(60) ? ';' : '&')
}

/** Percent-encodes, except now and then the characters that HTTP allows to stay. */
function encodeLeniently(random: Random, text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed())
  return random.oneIn(30) ? encoded.replaceAll('%25', '%').replaceAll('%2F', '/') : encoded
}

function createJson(random: Random): string {
  if (random.oneIn(10)) {
    return random.pick([
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"a":'.repeat(3000),
      '\0',
      '{"a":1}}',
      '\ufeff{}',
    ])
  }
  const members = MEMBERS.filter(() => random.oneIn(4)).map((name) => {
    return `${JSON.stringify(name)}:${JSON.stringify(random.pick(MALFORMED_JSON))}`
  })
  if (random.oneIn(2)) members.push('"redirect_uris":["https://client.example/callback"]')
  return toLatin1(`{${members.join(',')}}`)
}

/** The person of a statement, in one of the formats (draft-parecki-oauth-global-token-revocation-06 §2). */
function createRevocation(random: Random): string {
  if (random.oneIn(6)) return createJson(random)
  const member = (name: string, right: string) => {
    const value = random.oneIn(3) ? random.pick(MALFORMED_JSON) : right
    return random.oneIn(8) ? '' : `,${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  const format = random.pick(['iss_sub', 'email', 'opaque', 'x'])
  const rest = [
    member('iss', 'https://id.example.com'),
    member('sub', 'somebody'),
    member('email', 'somebody@example.com'),
    member('id', 'somebody'),
  ]
  return toLatin1(`{"sub_id":{"format":${JSON.stringify(format)}${rest.join('')}}}`)
}

function createHeaders(
  random: Random,
  {
    host,
    ingredients,
    type,
    route,
  }: { host: string; ingredients: Ingredients; type: string; route: Route },
): string[] {
  const value = (right: readonly string[]) => toHeaderText(createValue(random, right))
  const headers: [name: string, text: string][] = [
    ['Host', random.oneIn(30) ? value([]) : host],
    ['Connection', 'close'],
  ]
  const add = (times: number, name: string, right: readonly string[]) => {
    if (random.oneIn(times)) headers.push([name, value(right)])
  }
  add(2, 'Accept', ACCEPTS)
  add(route.path === CALLBACK_PATH ? 1 : 2, 'Cookie', ingredients.cookies)
  if (route.path === ROUTES.globalTokenRevocation.path) {
    add(1, 'Authorization', ingredients.revocations)
  } else add(3, 'Authorization', ingredients.authorizations)
  add(8, 'DPoP', [])
  add(6, 'Accept-Language', ['de', 'es;q=0.5, *;q=0'])
  add(6, 'Sec-Fetch-Site', ['none', 'same-origin', 'same-site', 'cross-site'])
  add(8, 'Origin', ['null', 'https://client.example'])
  add(12, 'X-Forwarded-For', ['10.0.0.1', '::1, 10.0.0.2'])
  add(20, 'X-Forwarded-Host', ['evil.example'])
  add(20, 'If-None-Match', ['*', '"x"'])
  add(20, 'Purpose', ['prefetch'])
  add(30, 'Expect', ['100-continue'])
  add(30, 'Content-Encoding', ['gzip', 'br'])
  add(30, 'Access-Control-Request-Method', ['POST'])
  headers.push(['Content-Type', random.oneIn(12) ? value(TYPES) : type])
  return headers.map(([name, text]) => `${name}: ${text}`)
}

function createFraming(random: Random, body: string): { header: string; isComplete: boolean } {
  const { length } = body
  if (!random.oneIn(25)) return { header: `Content-Length: ${length}`, isComplete: true }
  const header = random.pick([
    `Content-Length: ${length + 10}`,
    `Content-Length: ${Math.max(0, length - 5)}`,
    'Content-Length: -1',
    'Content-Length: x',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'X-No-Length: ',
  ])
  return { header, isComplete: false }
}

/** Swaps, drops or doubles some bytes. */
function damage(random: Random, text: string): string {
  const at = random.below(text.length)
  const bytes = random.pick(['', '\0', '\r', '\n', ' ', '\xff', text.slice(at, at + 40)])
  return text.slice(0, at) + bytes + text.slice(at + random.below(20))
}

function toLatin1(text: string): string {
  return Buffer.from(text.toWellFormed()).toString('latin1')
}

/** Without the characters that end a header, and as bytes. */
function toHeaderText(text: string): string {
  return toLatin1(text.replaceAll(/[\r\n\0]/g, ' ')).slice(0, 8000)
}
