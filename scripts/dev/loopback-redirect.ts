import { listen } from './listen.ts'

export interface LoopbackRedirect {
  readonly uri: string
  /** The first request to the redirect URI, query included. */
  readonly answer: Promise<URL>
  close(): Promise<void>
}

/** RFC 8252 §7.3: the redirect URI of a native client is its own listener on the loopback interface. */
export async function openLoopbackRedirect(): Promise<LoopbackRedirect> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const uri = `http://127.0.0.1:${port}/callback`
  const { promise, resolve } = Promise.withResolvers<URL>()

  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '', uri)
    if (url.pathname !== '/callback') {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>Back at the client</title><p>You may close this window.')
    resolve(url)
  })
  return { uri, answer: promise, close }
}
