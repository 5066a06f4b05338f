// A person who signs in while the server comes and goes: each request is repeated until it is answered,
// and the way goes on from there.
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

export interface Person {
  /** The client's answer to an authorization request that the person approves. */
  authorize(authorization: Authorization): Promise<URL>
  /** Throws unless this browser is still signed in. */
  requireSignedIn(client: Client): Promise<void>
}

type Request = () => Promise<Page>

/** One request: a redirect is the page. */
const until = () => true
const isClients = isAnswer(REDIRECT_URI)

export function createPerson(issuer: string): Person {
  const agent = createUserAgent()

  function send(request: Request) {
    return insist(async () => {
      const page = await request()
      requireAvailable(page.status, page.url)
      const url = new URL(page.url)
      const isUnavailable = url.searchParams.get('error') === 'temporarily_unavailable'
      if (isClients(url) && isUnavailable) requireAvailable(503, page.url)
      return page
    })
  }

  async function authorize(authorization: Authorization): Promise<URL> {
    const begin = open(agent, authorization.url)
    let request = begin
    while (true) {
      const { answer: page, isUnsure } = await send(request)
      const url = new URL(page.url)
      if (isClients(url)) {
        if (!url.searchParams.has('code')) throw new Error(`authorize: ${url.search}`)
        return url
      }
      if (page.status < 400) {
        if (page.status < 300) await linger()
        request = goOn(agent, page, url.origin === issuer)
        continue
      }
      // What is used once may be used up by the attempt before; nothing else may have been lost.
      if (!isUnsure) throw new Error(`${page.status} at ${url.pathname}: ${page.title}`)
      request = begin
    }
  }

  return {
    authorize,
    async requireSignedIn(client) {
      const { url } = buildAuthorization(issuer, client, { prompt: 'none' })
      const { answer: page } = await send(open(agent, url))
      const { searchParams } = new URL(page.url)
      // With a login missing it would say so, and not look for an approval.
      if (searchParams.get('error') === 'consent_required' || searchParams.has('code')) return
      throw new Error(`signed out: ${page.status} ${page.url}`)
    },
  }
}

function open(agent: UserAgent, url: string): Request {
  return () => agent.open(url, { until })
}

function goOn(agent: UserAgent, page: Page, isOurs: boolean): Request {
  if (page.status >= 300) return open(agent, page.url)
  const button = isOurs ? /^Allow/ : { name: 'person', value: ADA }
  return () => agent.submit(page, { button, until })
}
