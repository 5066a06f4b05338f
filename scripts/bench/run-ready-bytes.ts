// The least that Node can do: a bare `node:http` handler that answers with bytes it has ready. It takes them from
// the server that it is compared with.
import { createServer } from 'node:http'

const { OIDC_PORT, OIDC_HOST, READY_FROM = '', READY_PATHS = '' } = process.env

const answers = new Map(
  await Promise.all(
    READY_PATHS.split(',').map(async (path) => {
      const response = await fetch(READY_FROM + path)
      const body = Buffer.from(await response.arrayBuffer())
      const headers = Object.fromEntries(response.headers)
      for (const name of ['date', 'connection', 'keep-alive']) delete headers[name]
      return [path, { headers, body }] as const
    }),
  ),
)
createServer((request, response) => {
  const answer = answers.get(request.url ?? '')
  if (answer) response.writeHead(200, answer.headers).end(answer.body)
  else response.writeHead(404).end()
}).listen(Number(OIDC_PORT), OIDC_HOST)
