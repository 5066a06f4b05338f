// A real Chromium, driven by playwright-core. Without Chromium, these tests fail; they are never skipped.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const TIMEOUT_MS = 10_000

export interface Tab {
  readonly page: Page
  /** The errors that the browser reported on pages of `origin`: console, CSP, exceptions. */
  readonly faults: readonly string[]
  /** The status of the page itself, after redirects. */
  status(): number
}

/** The last `--disable-features` counts: this is playwright-core's list for Chromium on Linux, and ours. */
const DISABLED_FEATURES = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  // Menus of the browser's own window, each a page that Chromium renders ahead: two thirds of the CPU of a short test.
  'PreloadTopChromeWebUI',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'WebUIOmniboxPopup',
]

/** @param switches command-line switches besides those that every test needs */
export async function openBrowser(switches: readonly string[] = []): Promise<Browser> {
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
      `--disable-features=${DISABLED_FEATURES.join(',')}`,
      ...switches,
    ],
  })
}

/** Opens a tab that collects the errors on pages of `origin`. */
export async function openTab(context: BrowserContext, origin: string): Promise<Tab> {
  context.setDefaultTimeout(TIMEOUT_MS)
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
    // The browser also logs the status of an error page, which the tests assert themselves.
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
      ? `CHROMIUM_PATH is not an executable program: ${wanted}`
      : 'Chromium was not found: install the package "chromium", or set CHROMIUM_PATH',
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
 * Watches for the first navigation of `page` to a URL that starts with `prefix`, even if nothing answers
 * there: the browser hands an app's private-use scheme to the system. Call the result to wait for the URL.
 */
export async function observeNavigation(page: Page, prefix: string): Promise<() => Promise<URL>> {
  const session = await page.context().newCDPSession(page)
  const { promise, resolve } = Promise.withResolvers<URL>()
  session.on('Network.requestWillBeSent', ({ documentURL, type }) => {
    if (type === 'Document' && documentURL.startsWith(prefix)) resolve(new URL(documentURL))
  })
  await session.send('Network.enable')
  return () => withTimeout(promise, `no navigation to ${prefix}`)
}

function withTimeout<Value>(promise: Promise<Value>, message: string): Promise<Value> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(message)), TIMEOUT_MS)
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}
