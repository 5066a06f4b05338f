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
    readList(request, `${endpoint}/emails`),
    wants('organizations') ? readList(request, `${endpoint}/orgs`) : undefined,
    wants('teams') ? readList(request, `${endpoint}/teams`) : undefined,
  ])
  // The address of the public profile is not necessarily a verified one.
  const { email: _, ...rest } = user
  const primary = emails.find((entry) => entry['primary'] === true)
  const isVerified = primary?.['verified'] === true
  return {
    ...rest,
    ...(isVerified ? { email: primary['email'], email_verified: true } : {}),
    name: user['name'] ?? user['login'],
    preferred_username: user['login'],
    picture: user['avatar_url'],
    profile: user['html_url'],
    ...(organizations && { organizations: organizations.map(organizationName) }),
    ...(teams && { teams: teams.map(teamName) }),
  }
}

const PAGE_SIZE = 100
const MAX_PAGES = 5

/** Stands for organisations that are not in the list. No condition can read it, so that a rule that denies counts. */
const HIDDEN: Members = {}

/** All pages: a rule that refuses an organisation must see it. */
async function readList(request: Parameters<ClaimsApi>[0]['request'], url: string) {
  const all: Members[] = []
  // Organisations that require single sign-on are left out until the person has signed in there with this app.
  let isPartial = false
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { body, headers } = await request(`${url}?per_page=${PAGE_SIZE}&page=${page}`)
    if (!Array.isArray(body)) throw new Error(`GitHub sent no list for ${url}`)
    all.push(...body.filter(isObject))
    isPartial ||= headers.get('x-github-sso')?.startsWith('partial-results') === true
    if (body.length < PAGE_SIZE) return isPartial ? [...all, HIDDEN] : all
  }
  throw new Error(`GitHub has more than ${MAX_PAGES * PAGE_SIZE} entries at ${url}`)
}

function organizationName(entry: Members): unknown {
  return entry === HIDDEN ? HIDDEN : entry['login']
}

/** `organization/team` */
function teamName(entry: Members): unknown {
  if (entry === HIDDEN) return HIDDEN
  const { slug, organization } = entry
  return `${isObject(organization) ? organization['login'] : ''}/${slug}`
}
