// A real Chromium through playwright-core. A machine without one fails these tests; none is skipped.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const DEADLINE_MS = 10_000

export interface Tab {
  readonly page: Page
  /** What the browser complained about on pages of `origin`: console errors, CSP, exceptions. */
  readonly faults: readonly string[]
  /** Of the page itself, after its redirects. */
  status(): number
}

/** @param more switches beside those that every test wants */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

/** A new tab of `context` whose complaints about `origin` are kept. */
export async function openTab(context: BrowserContext, origin: string): Promise<Tab> {
  context.setDefaultTimeout(DEADLINE_MS)
  const page = await context.newPage()
  const faults: string[] = []
  const documents = new Set<string>()
  let status = 0
  const isOurs = (url: string) => url.startsWith(`${origin}/`)

  page.on('response', (response) => {
    if (!response.request().isNavigationRequest()) return
    documents.add(response.url())
    status = response.status()
  })
  page.on('console', (message) => {
    const { url } = message.location()
    // The browser also reports the status of an error page itself; the tests assert that one.
    const isStatus = documents.has(url) && message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && isOurs(url) && !isStatus) faults.push(message.text())
  })
  page.on('pageerror', (error) => {
    if (isOurs(page.url())) faults.push(error.message)
  })
  return { page, faults, status: () => status }
}

function findChromium(): string {
  const wanted = process.env['CHROMIUM_PATH']
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const known = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const candidates = wanted ? [wanted] : ['/usr/bin/chromium', ...known]
  const found = candidates.find(canRun)
  if (found !== undefined) return found
  throw new Error(
    wanted
      ? `CHROMIUM_PATH names no program that can be run: ${wanted}`
      : 'no Chromium: install the package "chromium", or name one in CHROMIUM_PATH',
  )
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The first navigation of `page` to a URL with this beginning, whether or not anything answers there:
 * to an app's own scheme, the browser goes with the system's help. Call the answer to wait for it.
 */
export async function observeNavigation(
  page: Page,
  beginning: string,
): Promise<() => Promise<URL>> {
  const session = await page.context().newCDPSession(page)
  const { promise, resolve } = Promise.withResolvers<URL>()
  session.on('Network.requestWillBeSent', ({ documentURL, type }) => {
    if (type === 'Document' && documentURL.startsWith(beginning)) resolve(new URL(documentURL))
  })
  await session.send('Network.enable')
  return () => within(promise, `no navigation to ${beginning}`)
}

function within<Value>(promise: Promise<Value>, otherwise: string): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(otherwise)), DEADLINE_MS)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
