// A browser without scripts: it keeps cookies, follows redirects one by one, and submits forms by their
// button. It sends Origin, Sec-Fetch-* and SameSite cookies like a browser, which fetch() does not allow.
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { parse } from 'node-html-parser'
import { CookieJar, getPublicSuffix } from 'tough-cookie'
import { type Button, createFormRequest, type Fields, type FormRequest } from './html-form.ts'

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly title: string
}

/** One request and its answer. */
interface Hop {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly location: string | undefined
}

export interface UserAgent {
  readonly cookies: CookieJar
  readonly hops: readonly Hop[]
  /**
   * Goes to `url` as if a person had typed it, and follows redirects to a page. It does not follow a
   * redirect for which `until` returns true, or to a scheme other than http or https: the page then has
   * the URL of the redirect's target and the status of the redirect.
   */
  open(url: string | URL, options?: { until?: Until }): Promise<Page>
  /** Presses a button on the page; by default, the first one. @throws if there is no such button */
  submit(page: Page, options?: SubmitOptions): Promise<Page>
  /** Sends the last request again, including its form. */
  reload(options?: { until?: Until }): Promise<Page>
}

type Until = (url: URL) => boolean

interface SubmitOptions {
  readonly button?: Button
  readonly fields?: Fields
  readonly until?: Until
}

interface Navigation extends FormRequest {
  /** The page that caused the navigation; undefined if the person did. */
  readonly initiator: Page | undefined
}

const MAX_REDIRECTS = 20

export function createUserAgent(): UserAgent {
  const cookies = new CookieJar(undefined, { allowSecureOnLocal: true })
  const hops: Hop[] = []
  let last: Navigation | undefined

  async function send(navigation: Navigation, site: FetchSite): Promise<IncomingMessage> {
    const { method, url, body } = navigation
    const cookie = await cookies.getCookieString(url.href, {
      sameSiteContext: sameSiteContext(site, method),
    })
    const headers = { ...headersOf(navigation, site), ...(cookie && { cookie }) }
    const response = await transmit(method, url, headers, body)
    for (const line of response.headers['set-cookie'] ?? []) {
      await cookies.setCookie(line, url.href, { ignoreError: true })
    }
    return response
  }

  async function navigate(start: Navigation, until: Until | undefined): Promise<Page> {
    let navigation = start
    let site: FetchSite = start.initiator ? 'same-origin' : 'none'
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { method, url, initiator } = navigation
      if (initiator) site = furthest(site, siteOf(new URL(initiator.url), url))
      last = navigation
      const response = await send(navigation, site)
      const status = response.statusCode ?? 0
      const target = redirectTarget(response, url)
      hops.push({ method, url: url.href, status, location: target?.href })
      if (!target) return pageOf(response, url)
      if (!isHttp(target) || until?.(target)) return pageOf(response, target)
      response.resume()
      navigation = { ...redirected(navigation, status), url: target }
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects, the last from ${navigation.url.href}`)
  }

  return {
    cookies,
    hops,
    open: (url, { until } = {}) =>
      navigate({ method: 'GET', url: new URL(url), body: undefined, initiator: undefined }, until),
    async submit(page, { button, fields = {}, until } = {}) {
      return navigate({ ...createFormRequest(page, button, fields), initiator: page }, until)
    },
    async reload({ until } = {}) {
      if (!last) throw new Error('no page was opened yet')
      return navigate(last, until)
    },
  }
}

type FetchSite = 'none' | 'same-origin' | 'same-site' | 'cross-site'

const nearToFar: readonly FetchSite[] = ['none', 'same-origin', 'same-site', 'cross-site']

// Fetch Metadata §2.4: one cross-site URL in a chain of redirects makes all later requests cross-site.
function furthest(a: FetchSite, b: FetchSite): FetchSite {
  return nearToFar.indexOf(a) > nearToFar.indexOf(b) ? a : b
}

function siteOf(from: URL, to: URL): FetchSite {
  if (from.origin === to.origin) return 'same-origin'
  const isSameSite = from.protocol === to.protocol && siteName(from) === siteName(to)
  return isSameSite ? 'same-site' : 'cross-site'
}

function siteName({ hostname }: URL): string {
  const isAddress = /^[\d.]+$|^\[/.test(hostname)
  return (!isAddress && getPublicSuffix(hostname, { ignoreError: true })) || hostname
}

function sameSiteContext(site: FetchSite, method: string): 'strict' | 'lax' | 'none' {
  if (site !== 'cross-site') return 'strict'
  return method === 'GET' ? 'lax' : 'none'
}

function headersOf({ method, body, initiator }: Navigation, site: FetchSite) {
  return {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'accept-language': 'en',
    'user-agent': 'Mozilla/5.0 (scriptless test browser)',
    'sec-fetch-site': site,
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-user': '?1',
    ...(method === 'POST' && initiator && { origin: originOf(initiator) }),
    ...(body !== undefined && {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    }),
  }
}

// Fetch Standard, "append a request `Origin` header": a page with `no-referrer` sends the origin `null`.
function originOf({ url, headers }: Page): string {
  const policy = headers.get('referrer-policy')?.split(',').at(-1)?.trim()
  return policy === 'no-referrer' ? 'null' : new URL(url).origin
}

function transmit(
  method: string,
  url: URL,
  headers: Record<string, string | number>,
  body: string | undefined,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, resolve).on('error', reject).end(body)
  })
}

function redirectTarget({ statusCode, headers }: IncomingMessage, base: URL): URL | undefined {
  const isRedirect = statusCode !== undefined && [301, 302, 303, 307, 308].includes(statusCode)
  return isRedirect && headers.location !== undefined ? new URL(headers.location, base) : undefined
}

function redirected(navigation: Navigation, status: number): Navigation {
  const keepsBody = status === 307 || status === 308
  return keepsBody ? navigation : { ...navigation, method: 'GET', body: undefined }
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:'
}

async function pageOf(response: IncomingMessage, url: URL): Promise<Page> {
  const body = await text(response)
  const title = parse(body).querySelector('title')?.text.trim() ?? ''
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return { url: url.href, status: response.statusCode ?? 0, headers, body, title }
}
