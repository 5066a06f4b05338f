// Requests as clients send them → as the engine compares them (RFC 8707 §2, RFC 6749 §3.3): the engine
// matches `resource` and `scope` character by character, and clients vary both.
import { decodeProtectedHeader } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ResourceServers } from '../../domain/resource-server.ts'
import { parseScope, resolveRefreshScope, resolveRequestedScope } from '../../oauth/scopes.ts'
import type { RequestParameters } from '../internals.ts'

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** `resource` in its configured spelling, once each; what is unknown stays, for the engine to refuse. */
function canonicaliseResource(value: unknown, servers: ResourceServers) {
  const given = [value].flat().filter((item) => typeof item === 'string' && item !== '')
  const found = [...new Set(given.map((uri) => servers.find(String(uri))?.resource ?? uri))]
  return found.length > 1 ? found : found[0]
}

/** What the engine would refuse without `openid`, and what means nothing then. */
const ID_TOKEN_PARAMETERS = ['nonce', 'acr_values', 'claims_locales']
/** What is refused as well, and means a person, with the prompt that stands in for it. */
const PERSON_PARAMETERS = [
  ['max_age', 'login'], // no ID token would tell when an older login was
  ['id_token_hint', 'consent'], // who is signed in stands on the page
] as const

function replaceByPrompts(params: RequestParameters): void {
  // A repeated parameter stays, for the engine to refuse.
  if (Array.isArray(params['prompt'])) return
  const prompts = parseScope(text(params['prompt']))
  // Nobody can be asked, and nothing told: the engine refuses what is given.
  if (prompts.includes('none')) return
  for (const [name, prompt] of PERSON_PARAMETERS) {
    const isGiven = params[name] !== undefined && params[name] !== ''
    if (isGiven) params['prompt'] = parseScope(`${params['prompt'] ?? ''} ${prompt}`).join(' ')
    params[name] = undefined
  }
}

/** What the engine would refuse, and what has another name here. */
function forgiveOpenIdParameters(params: RequestParameters): void {
  if (!parseScope(text(params['scope'])).includes('openid')) {
    for (const name of ID_TOKEN_PARAMETERS) params[name] = undefined
    replaceByPrompts(params)
  }
  const prompt = text(params['prompt'])
  // Choosing an account is a login at the upstream.
  if (prompt !== undefined) params['prompt'] = prompt.replace(/\bselect_account\b/, 'login')
}

function isJwt(token: unknown): boolean {
  try {
    decodeProtectedHeader(String(token))
    return true
  } catch {
    return false
  }
}

export function createRequestCanonicaliser({ servers }: { servers: ResourceServers }) {
  return (ctx: KoaContextWithOIDC, params: RequestParameters): void => {
    // What was pushed is canonical, and all that counts (RFC 9126 §4). An empty one names nothing.
    const isPushed = params['request_uri'] !== undefined && params['request_uri'] !== ''
    if (isPushed && ctx.oidc.route === 'authorization') return
    switch (ctx.oidc.route) {
      case 'authorization':
      case 'pushed_authorization_request': {
        const resource = canonicaliseResource(params['resource'], servers)
        params['resource'] = resource ?? servers.default?.resource
        const server = servers.find(text(params['resource']) ?? '')
        params['scope'] = resolveRequestedScope(text(params['scope']), server)
        forgiveOpenIdParameters(params)
        break
      }
      case 'token':
        params['resource'] = canonicaliseResource(params['resource'], servers)
        // A repeated parameter stays, for the engine to refuse.
        if (!Array.isArray(params['scope'])) {
          params['scope'] = resolveRefreshScope(text(params['scope']), servers.all)
        }
        break
      case 'revocation':
        // RFC 7009 §2.2: a token that cannot be revoked is answered like one that is not known. Our
        // access tokens are JWTs that live out their minutes; the engine would refuse the request.
        if (isJwt(params['token'])) params['token'] = 'jwt'
        break
      default:
    }
  }
}
