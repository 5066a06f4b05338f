// Requests that nobody with an honest client sends: every route, with ids, parameters and cookies made up.
import { randomBytes } from 'node:crypto'
import { callbackRoute, ROUTES, type Route } from '../../src/http/routes.ts'
import { type Answer, send } from './send.ts'

export const STRANGE_ROUTES: readonly Route[] = [
  ...Object.values(ROUTES),
  callbackRoute('/callback'),
]

const invent = () => randomBytes(12).toString('base64url')

/** One request to `route`. No two are the same. */
export function sendStrangeRequest(issuer: string, route: Route): Promise<Answer> {
  const [id, other] = [invent(), invent()]
  const url = new URL(issuer + route.path.replace(/:\w+/g, id).replace('*', id))
  const parameters = new URLSearchParams({
    [other]: other,
    client_id: id,
    code: id,
    iss: `https://${id}.example`,
    redirect_uri: `https://${id}.example/callback`,
    state: id,
    token: id,
    ui_locales: other,
  })
  const method = route.methods.at(-1) ?? 'GET'
  const headers = {
    accept: 'text/html',
    authorization: `Bearer ${id}`,
    cookie: COOKIE_NAMES.map((name) => `${name.replace('*', id)}=${other}`).join('; '),
    dpop: id,
    'user-agent': id,
    'x-forwarded-for': `192.0.2.${id.charCodeAt(0)}`,
  }
  if (method === 'POST' || method === 'PUT') return send(url, { method, headers, body: parameters })
  url.search = parameters.toString()
  return send(url, { method, headers })
}

const COOKIE_NAMES = [
  '*',
  'mcp_oidc_interaction',
  'mcp_oidc_interaction.sig',
  'mcp_oidc_interaction_*',
  'mcp_oidc_interaction_*.sig',
  'mcp_oidc_login_*',
  'mcp_oidc_resume',
  'mcp_oidc_resume.sig',
  'mcp_oidc_session',
  'mcp_oidc_session.sig',
]
