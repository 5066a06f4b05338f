// A web client for Chromium: an https site with pages that tests publish, and a callback that records its
// requests. Chromium resolves the host of the site to this machine.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { createCertificate } from './certificate.ts'

const HOST = 'client.example'

export interface WebClient {
  readonly origin: string
  readonly redirectUri: string
  /** Every request to the redirect URI so far, query included. */
  readonly answers: readonly URL[]
  /** Serves a page on the client's site. Returns its URL. */
  publish(path: string, html: string): string
  /** A browser that can reach the client. Its contexts need `ignoreHTTPSErrors`. */
  openBrowser(): Promise<Browser>
  close(): Promise<void>
}

const CALLBACK_TITLE = 'Back at the web client'
// Claude.ai and others do this in a popup, and then close it: they notify the page that opened it.
const CALLBACK = `<!doctype html><title>${CALLBACK_TITLE}</title>
  <script>window.opener?.postMessage(location.search, location.origin)</script>`

export async function startWebClient(): Promise<WebClient> {
  const origin = `https://${HOST}`
  const answers: URL[] = []
  const pages = new Map([['/callback', CALLBACK]])
  const server = createServer(createCertificate([HOST]), (request, response) => {
    const url = new URL(request.url ?? '', origin)
    if (url.pathname === '/callback') answers.push(url)
    const html = pages.get(url.pathname)
    response.writeHead(html === undefined ? 404 : 200, {
      'content-type': 'text/html',
      // Stored only where the browser accepts third-party cookies.
      'set-cookie': 'visited=1; Secure; SameSite=None; Path=/',
    })
    response.end(html)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin,
    redirectUri: `${origin}/callback`,
    answers,
    publish(path, html) {
      pages.set(path, `<!doctype html><title>Client</title>${html}`)
      return `${origin}${path}`
    },
    openBrowser: () => openBrowser([`--host-resolver-rules=MAP ${HOST}:443 127.0.0.1:${port}`]),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
