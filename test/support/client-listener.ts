// The client's side of an authorization in a browser: a loopback listener that records its requests.
import { listen } from '../../scripts/dev/listen.ts'

export interface ClientListener {
  readonly redirectUri: string
  /** Every request to the redirect URI so far, query included. */
  readonly answers: readonly URL[]
  close(): Promise<void>
}

export async function openClientListener(): Promise<ClientListener> {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  const redirectUri = `http://127.0.0.1:${port}/callback`
  const answers: URL[] = []
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '', redirectUri)
    if (url.pathname !== '/callback') {
      response.writeHead(204).end()
      return
    }
    answers.push(url)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>Back at the client</title><h1>Back at the client</h1>')
  })
  return { redirectUri, answers, close }
}
