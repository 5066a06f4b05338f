// URIs for property tests: ones that a client may have, and ones that look like them.
import fc from 'fast-check'

export const CURSOR_REDIRECT_URI = 'cursor://anysphere.cursor-mcp/oauth/callback'

const host = fc.constantFrom('a.example', 'b.example', 'xn--bcher-kva.example', '192.0.2.1')
const loopback = fc.constantFrom('localhost', '127.0.0.1', '[::1]')
const port = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 65535 }).map((number) => `:${number}`),
)
const rest = fc
  .tuple(
    fc.array(fc.constantFrom('cb', 'oauth', 'Callback', '%63b', ''), { maxLength: 3 }),
    fc.constantFrom('', '?x=1', '?x=1&y=2'),
  )
  .map(([segments, query]) => segments.map((segment) => `/${segment}`).join('') + query)

const web = fc.tuple(host, port, rest).map((parts) => `https://${parts.join('')}`)

/** `http` on this machine; the host, the port and what follows apart. */
export const loopbackParts = fc.record({ host: loopback, port, rest })

export const loopbackUri = loopbackParts.map(
  (parts) => `http://${parts.host}${parts.port}${parts.rest}`,
)

/** What this server lets a client have. */
export const acceptableUri = fc.oneof(web, loopbackUri, fc.constant(CURSOR_REDIRECT_URI))

const DECORATIONS = [
  '/',
  '?',
  '#',
  ' ',
  '\n',
  '\t',
  '\\',
  '@',
  ':',
  '.',
  'a',
  '%2e',
  '//',
  '..',
  '0',
]

/** A URI with one place changed, as attackers and careless clients do. */
const bent = fc
  .tuple(acceptableUri, fc.nat(), fc.nat({ max: 3 }), fc.constantFrom('', ...DECORATIONS))
  .map(([uri, at, length, text]) => {
    const place = at % (uri.length + 1)
    return uri.slice(0, place) + text + uri.slice(place + length)
  })

const hostile = fc.constantFrom(
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'http://a.example/cb',
  'http://127.0.0.2/cb',
  'http://localhost.a.example/cb',
  'https://a@b.example/cb',
  'https:a.example/cb',
  'com.example.app:/cb',
  'cursor://evil/oauth/callback',
)

/** Anything at all that may stand where a redirect URI belongs. */
export const anyUri = fc.oneof(acceptableUri, bent, hostile, fc.webUrl(), fc.string())
