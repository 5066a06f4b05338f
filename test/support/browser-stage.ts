// A server, an upstream, a client and Chromium together, and the steps of a person between them. Each
// test uses a browser profile of its own, so that it never sees the cookies of another test.
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { openBrowser, openTab, type Tab } from './browser.ts'
import { type ClientListener, openClientListener } from './client-listener.ts'
import {
  ADA,
  type Authorization,
  buildAuthorization,
  type Client,
  redeem,
  register,
} from './journey.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface AuthorizationRequest extends Authorization {
  readonly client: Client
}

export interface BrowserStage {
  readonly browser: Browser
  readonly server: TestServer
  readonly listener: ClientListener
  openProfile(options?: BrowserContextOptions): Promise<BrowserContext>
  openTab(profile: BrowserContext): Promise<Tab>
  /** Registers a new client, and builds its authorization request. */
  request(options?: {
    name?: string
    parameters?: Record<string, string | undefined>
  }): Promise<AuthorizationRequest>
  /** Redeems the code of the answer. Returns the claims of the access token. @throws unless status 200 */
  redeem(request: AuthorizationRequest, answer: URL): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** @param options with `browser`, uses that browser instead of its own and does not close it */
export async function openBrowserStage(
  options: TestServerOptions & { browser?: Browser } = {},
): Promise<BrowserStage> {
  const { browser: shared, ...serverOptions } = options
  // First, because a machine may lack a browser: the test then fails before anything else is open.
  const browser = shared ?? (await openBrowser())
  const listener = await openClientListener()
  const server = await startTestServer(serverOptions).catch(async (error: unknown) => {
    await listener.close()
    if (!shared) await browser.close()
    throw error
  })
  const { issuer } = server
  const { redirectUri } = listener

  return {
    browser,
    server,
    listener,
    openProfile: (profile = {}) => browser.newContext({ locale: 'en', ...profile }),
    openTab: (profile) => openTab(profile, issuer),
    async request({ name = 'Browser client', parameters = {} } = {}) {
      const client = await register(issuer, { client_name: name, redirect_uris: [redirectUri] })
      const wanted = { redirect_uri: redirectUri, ...parameters }
      return { client, ...buildAuthorization(issuer, client, wanted) }
    },
    async redeem({ client, codeVerifier }, answer) {
      const { status, body } = await redeem(issuer, client, { answer, codeVerifier, redirectUri })
      assert.equal(status, 200, JSON.stringify(body))
      const [, payload = ''] = String(body['access_token']).split('.')
      return JSON.parse(Buffer.from(payload, 'base64url').toString())
    },
    async close() {
      if (!shared) await browser.close()
      await listener.close()
      await server.close()
    },
  }
}

/** Presses a button of the consent page by keyboard: the page takes no click in its first moments. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name, exact: true }).press('Enter')
}

export async function allow(page: Page): Promise<void> {
  await press(page, /^Allow/)
}

export async function deny(page: Page): Promise<void> {
  await press(page, 'Deny')
}

/** Chooses a person on the upstream's page. */
export async function signIn(page: Page, person = ADA): Promise<void> {
  await page.locator(`button[value="${person}"]`).click()
}

/** Waits until the browser has brought the client its answer to `request`. */
export async function waitForAnswer(page: Page, request: AuthorizationRequest): Promise<URL> {
  await page.waitForURL((url) => url.searchParams.get('state') === request.state, {
    waitUntil: 'load',
  })
  return new URL(page.url())
}

/** Goes through an authorization as one person: consent, sign-in, and the answer to the client. */
export async function authorizeInBrowser(
  page: Page,
  request: AuthorizationRequest,
  person = ADA,
): Promise<URL> {
  await page.goto(request.url)
  await allow(page)
  await signIn(page, person)
  return waitForAnswer(page, request)
}

export async function waitForSignIn(page: Page): Promise<void> {
  await waitForHeading(page, 'Who are you today?')
}

export async function readText(element: Locator): Promise<string> {
  return ((await element.textContent()) ?? '').replace(/\s+/g, ' ').trim()
}

/** Waits for the page with this level-one heading. A click returns before the next page has loaded. */
export async function waitForHeading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}
