// GitHub's API instead of ID token and userinfo: the user, the verified address, organisations and teams. And GitHub's
// token endpoint, which answers errors with 200.
import type { CustomFetch } from 'openid-client'
import { isObject, type Members } from '../../oauth/json-members.ts'
import type { ClaimsApi } from './claims-api.ts'

/** As in OAuth (RFC 6749 §5.2). GitHub's other errors are faults of the request. */
const ERRORS: Readonly<Record<string, string>> = {
  bad_verification_code: 'invalid_grant',
  bad_refresh_token: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
}

/** @returns a fetch whose token responses are OAuth's */
export function asOAuthErrors(fetch: CustomFetch, tokenEndpoint: string | undefined): CustomFetch {
  return async (url, options) => {
    const response = await fetch(url, options)
    if (url !== tokenEndpoint || response.status !== 200) return response
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined)
    if (!isObject(body) || typeof body['error'] !== 'string') return response
    return Response.json({ error: ERRORS[body['error']] ?? 'invalid_request' }, { status: 400 })
  }
}

/** Claims by the names of OpenID Connect where there is one, else by GitHub's. */
export const addGitHubClaims: ClaimsApi = async ({ claims: user, request, endpoint, wants }) => {
  const [emails, organizations, teams] = await Promise.all([
    request(`${endpoint}/emails`),
    wants('organizations') ? request(`${endpoint}/orgs?per_page=100`) : [],
    wants('teams') ? request(`${endpoint}/teams?per_page=100`) : [],
  ])
  // The address of the public profile is not necessarily a verified one.
  const { email: _, ...rest } = user
  const primary = listOf(emails).find((entry) => entry['primary'] === true)
  const isVerified = primary?.['verified'] === true
  return {
    ...rest,
    ...(isVerified ? { email: primary['email'], email_verified: true } : {}),
    name: user['name'] ?? user['login'],
    preferred_username: user['login'],
    picture: user['avatar_url'],
    profile: user['html_url'],
    ...(wants('organizations')
      ? { organizations: listOf(organizations).map(({ login }) => login) }
      : {}),
    ...(wants('teams') ? { teams: listOf(teams).map(teamName) } : {}),
  }
}

const listOf = (value: unknown): Members[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** `organization/team` */
function teamName({ slug, organization }: Members): string {
  return `${isObject(organization) ? organization['login'] : ''}/${slug}`
}
