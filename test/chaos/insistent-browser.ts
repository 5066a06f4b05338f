// A browser that signs in while the server is intermittently unavailable: it repeats each request until
// it gets a response, and continues from there.
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import {
  ADA,
  type Authorization,
  buildAuthorization,
  type Client,
  isAnswer,
  REDIRECT_URI,
} from '../support/journey.ts'
import { insist, linger, requireAvailable } from './insistence.ts'

export interface InsistentBrowser {
  /** Signs in and approves the request; returns the redirect that carries the code. */
  authorize(authorization: Authorization): Promise<URL>
  /** Throws unless this browser is still signed in. */
  requireSignedIn(client: Client): Promise<void>
}

type Request = () => Promise<Page>

/** Stops after one request, so that a redirect is returned as the page. */
const until = () => true
const isClientRedirect = isAnswer(REDIRECT_URI)

export function createInsistentBrowser(issuer: string): InsistentBrowser {
  const agent = createUserAgent()

  function send(request: Request) {
    return insist(async () => {
      const page = await request()
      requireAvailable(page.status, page.url)
      const url = new URL(page.url)
      const isUnavailable = url.searchParams.get('error') === 'temporarily_unavailable'
      if (isClientRedirect(url) && isUnavailable) requireAvailable(503, page.url)
      return page
    })
  }

  async function authorize(authorization: Authorization): Promise<URL> {
    const begin = open(agent, authorization.url)
    let request = begin
    while (true) {
      const { answer: page, isPossibleRepeat } = await send(request)
      const url = new URL(page.url)
      if (isClientRedirect(url)) {
        if (!url.searchParams.has('code')) throw new Error(`authorize: ${url.search}`)
        return url
      }
      if (page.status < 400) {
        if (page.status < 300) await linger()
        request = continueFrom(agent, page, url.origin === issuer)
        continue
      }
      // A lost attempt may have spent a single-use value: start over. No other error is acceptable.
      if (!isPossibleRepeat) throw new Error(`${page.status} at ${url.pathname}: ${page.title}`)
      request = begin
    }
  }

  return {
    authorize,
    async requireSignedIn(client) {
      const { url } = buildAuthorization(issuer, client, { prompt: 'none' })
      const { answer: page } = await send(open(agent, url))
      const { searchParams } = new URL(page.url)
      // A missing session would give login_required before the approval is checked.
      if (searchParams.get('error') === 'consent_required' || searchParams.has('code')) return
      throw new Error(`signed out: ${page.status} ${page.url}`)
    },
  }
}

function open(agent: UserAgent, url: string): Request {
  return () => agent.open(url, { until })
}

function continueFrom(agent: UserAgent, page: Page, isOurs: boolean): Request {
  if (page.status >= 300) return open(agent, page.url)
  const button = isOurs ? /^Allow/ : { name: 'person', value: ADA }
  return () => agent.submit(page, { button, until })
}
