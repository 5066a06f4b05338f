// Requests of MCP servers that exchange their callers' tokens (RFC 8693).
import { TOKEN_EXCHANGE } from '../../src/provider/tokens/token-exchange.ts'
import { postToken, type TokenAnswer } from './journey.ts'
import { basic } from './send.ts'
import { OTHER_RESOURCE, TEST_RESOURCE } from './server.ts'

export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
export const CALENDAR_SECRET = 'secret of the calendar: 100% + more'
const OTHER_SECRET = 'secret-of-the-other-server'
export const PLAIN_RESOURCE = 'https://plain.example.com/mcp'
const PLAIN_SECRET = 'secret-of-the-plain-server'

/** The first two resource servers may exchange, each for its own scope; the third may only introspect. */
export const EXCHANGE_ENV = { RESOURCES: '', CALENDAR_SECRET, OTHER_SECRET, PLAIN_SECRET }
export const EXCHANGE_FILE = {
  resourceServers: [
    {
      resource: TEST_RESOURCE,
      name: 'Calendar',
      aliases: [`${TEST_RESOURCE}/alias`],
      introspectionSecretEnv: 'CALENDAR_SECRET',
      upstreamTokens: { scopes: ['calendar.read'] },
    },
    {
      resource: OTHER_RESOURCE,
      introspectionSecretEnv: 'OTHER_SECRET',
      upstreamTokens: { scopes: ['files.read'] },
    },
    { resource: PLAIN_RESOURCE, introspectionSecretEnv: 'PLAIN_SECRET' },
  ],
  defaultResource: TEST_RESOURCE,
}

const asCalendar = basic(TEST_RESOURCE, CALENDAR_SECRET)
export const asOther = basic(OTHER_RESOURCE, OTHER_SECRET)

export function exchange(
  issuer: string,
  subjectToken: unknown,
  options: {
    authorization?: string | undefined
    form?: Record<string, string | undefined>
  } = {},
): Promise<TokenAnswer> {
  const { authorization = asCalendar, form = {} } = options
  return postToken(
    issuer,
    {
      grant_type: TOKEN_EXCHANGE,
      subject_token: String(subjectToken),
      subject_token_type: ACCESS_TOKEN_TYPE,
      audience: 'Test sign-in',
      ...form,
    },
    authorization === '' ? {} : { authorization },
  )
}
