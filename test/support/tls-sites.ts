// https sites for Chromium, on the port that URLs leave out. Chromium resolves their hosts to this machine.
import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { createCertificate } from './certificate.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface TlsSites {
  /** A browser that can reach the sites. Its contexts need `ignoreHTTPSErrors`. */
  readonly browser: Browser
  close(): Promise<void>
}

/** @param sites by origin: what handles its requests, or the http origin that they are passed on to */
export async function startTlsSites(
  sites: Readonly<Record<string, Handler | string>>,
): Promise<TlsSites> {
  const hosts = Object.keys(sites).map((origin) => new URL(origin).host)
  const handlers = new Map(
    Object.entries(sites).map(([origin, site]) => [
      new URL(origin).host,
      typeof site === 'string' ? passOnTo(site) : site,
    ]),
  )
  const server = createServer(createCertificate(hosts), (incoming, response) => {
    const handle = handlers.get(incoming.headers.host ?? '')
    if (handle) handle(incoming, response)
    else response.writeHead(421).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const rules = hosts.map((host) => `MAP ${host}:443 127.0.0.1:${port}`).join(', ')
  const browser = await openBrowser([`--host-resolver-rules=${rules}`])
  return {
    browser,
    async close() {
      await browser.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function passOnTo(origin: string): Handler {
  return (incoming, response) => {
    const { method, url = '/', headers } = incoming
    const passed = request(new URL(url, origin), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    incoming.pipe(passed)
  }
}
