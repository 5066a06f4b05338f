// Requests as clients send them → as the engine compares them: the engine matches `resource` (RFC 8707 §2) and
// `scope` (RFC 6749 §3.3) character by character, and clients vary both.
import { decodeProtectedHeader } from 'jose'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { isText } from '../../oauth/json-members.ts'
import { MAX_URL_LENGTH } from '../../oauth/parse-url.ts'
import { isResourceIndicator } from '../../oauth/resource-uri.ts'
import { parseScope, resolveRefreshScope, resolveRequestedScope } from '../../oauth/scopes.ts'
import { endpointOf, findClientId, type RequestParameters, withoutRedirect } from '../internals.ts'
import { TOKEN_EXCHANGE } from '../tokens/token-exchange.ts'

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** A token is for one resource, which a client may name in several spellings. */
const MAX_RESOURCES = 5

/**
 * Each `resource` once, as configured; an unknown one stays as it is, and the engine rejects it.
 * @throws errors.InvalidTarget if there are too many, or the engine could not parse one in linear time
 */
function canonicaliseResource(value: unknown, servers: ResourceServers) {
  const given = [value].flat().filter(isText)
  if (given.length > MAX_RESOURCES || !given.every(isResourceIndicator)) {
    throw new errors.InvalidTarget(
      `resource must be one absolute URI of at most ${MAX_URL_LENGTH} characters`,
    )
  }
  const found = [...new Set(given.map((uri) => servers.find(uri)?.resource ?? uri))]
  return found.length > 1 ? found : found[0]
}

/** A parameter of ours, which no client can set: `prompt` was `select_account`, which the engine does not know. */
export const ACCOUNT_CHOICE = 'mcp_oidc_account_choice'

/** The engine rejects these without `openid`; they mean nothing then. */
const ID_TOKEN_PARAMETERS = ['nonce', 'acr_values', 'claims_locales']
/** The engine rejects these too, but they ask for the person, as does the prompt that replaces each. */
const PERSON_PARAMETERS = [
  ['max_age', 'login'], // without an ID token, the client could not tell how old a sign-in is
  ['id_token_hint', 'consent'], // the page names the account that is signed in
] as const

function replaceByPrompts(params: RequestParameters): void {
  // The engine rejects a repeated parameter.
  if (Array.isArray(params['prompt'])) return
  const prompts = parseScope(textOf(params['prompt']))
  // There is no person to ask: the engine rejects the parameters as they are.
  if (prompts.includes('none')) return
  for (const [name, prompt] of PERSON_PARAMETERS) {
    const isGiven = params[name] !== undefined && params[name] !== ''
    if (isGiven) {
      params['prompt'] = [...new Set([...parseScope(textOf(params['prompt'])), prompt])].join(' ')
    }
    params[name] = undefined
  }
}

/** Removes or replaces the OpenID parameters that the engine would reject. */
function forgiveOpenIdParameters(params: RequestParameters): void {
  if (!parseScope(textOf(params['scope'])).includes('openid')) {
    for (const name of ID_TOKEN_PARAMETERS) params[name] = undefined
    replaceByPrompts(params)
  }
  replaceAccountChoice(params)
}

/** The upstream lets the person choose an account as part of a sign-in, which then need not be a new one. */
function replaceAccountChoice(params: RequestParameters): void {
  const prompt = textOf(params['prompt'])
  const prompts = parseScope(prompt)
  const choosesAccount = prompts.includes('select_account') && !prompts.includes('login')
  params[ACCOUNT_CHOICE] = choosesAccount ? 'true' : undefined
  if (prompt !== undefined) params['prompt'] = prompt.replace(/\bselect_account\b/, 'login')
}

// Anyone can send a request, and it is stored for as long as its interaction.
const MAX_STATE_BYTES = 4 * 1024
/** The engine stores it twice. */
const MAX_LOGIN_HINT_BYTES = 512
/** As JSON, in which a control character takes six bytes. */
const MAX_REQUEST_BYTES = 8 * 1024

const jsonBytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '')

/** The engine stores neither of these. */
const CREDENTIALS = { client_assertion: undefined, client_secret: undefined } as const

function rejectLargeRequest(params: RequestParameters): void {
  const states = [params['state']].flat().filter(isText)
  if (states.some((state) => Buffer.byteLength(state) > MAX_STATE_BYTES)) {
    throw tooLarge('state must not be larger than 4 KiB')
  }
  if (jsonBytesOf(params['login_hint']) > MAX_LOGIN_HINT_BYTES) {
    throw tooLarge('login_hint must not be larger than 512 bytes')
  }
  if (jsonBytesOf({ ...params, ...CREDENTIALS }) > MAX_REQUEST_BYTES) {
    throw tooLarge('the request must not be larger than 8 KiB as JSON')
  }
}

/** Not redirected: the redirect would carry the state. */
const tooLarge = (description: string) => withoutRedirect(new errors.InvalidRequest(description))

function isJwt(token: unknown): token is string {
  try {
    return typeof token === 'string' && decodeProtectedHeader(token) !== undefined
  } catch {
    return false
  }
}

export function createRequestCanonicaliser(options: {
  servers: ResourceServers
  /** provider/adapters/access-token-adapter.ts */
  keepJwt: (ctx: KoaContextWithOIDC, jwt: string) => string
}) {
  const { servers, keepJwt } = options
  return (ctx: KoaContextWithOIDC, params: RequestParameters): void => {
    const endpoint = endpointOf(ctx)
    switch (endpoint) {
      case 'authorization':
      case 'pushed_authorization_request': {
        // A pushed request is canonical already, and nothing else counts (RFC 9126 §4). An empty request_uri
        // names none.
        const isPushed = params['request_uri'] !== undefined && params['request_uri'] !== ''
        if (isPushed && endpoint === 'authorization') return
        rejectLargeRequest(params)
        const resource = canonicaliseResource(params['resource'], servers)
        params['resource'] = resource ?? servers.findDefault(findClientId(ctx))?.resource
        const named = textOf(params['resource'])
        const server = named === undefined ? undefined : servers.find(named)
        params['scope'] = resolveRequestedScope(textOf(params['scope']), server)
        forgiveOpenIdParameters(params)
        break
      }
      case 'token':
        // It names what is the upstream's.
        if (params['grant_type'] === TOKEN_EXCHANGE) break
        params['resource'] = canonicaliseResource(params['resource'], servers)
        // The engine rejects a repeated parameter.
        if (!Array.isArray(params['scope'])) {
          params['scope'] = resolveRefreshScope(textOf(params['scope']), servers.all)
        }
        break
      case 'revocation':
        // The engine would reject the request. RFC 7009 §2.2: a JWT that is not ours gets the answer of an unknown token.
        if (isJwt(params['token'])) params['token'] = keepJwt(ctx, params['token'])
        break
      default:
    }
  }
}
