// URIs for property tests: URIs that a client may register, and URIs that resemble them.
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

/** The parts of an `http` URI on this machine: the host, the port, and the path with the query. */
export const loopbackParts = fc.record({ host: loopback, port, rest })

export const loopbackUri = loopbackParts.map(
  (parts) => `http://${parts.host}${parts.port}${parts.rest}`,
)

/** A redirect URI that this server accepts. */
export const acceptableUri = fc.oneof(web, loopbackUri, fc.constant(CURSOR_REDIRECT_URI))

const INSERTIONS = [
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

/** An acceptable URI that is changed in one place, as an attacker or a careless client would. */
const mutated = fc
  .tuple(acceptableUri, fc.nat(), fc.nat({ max: 3 }), fc.constantFrom('', ...INSERTIONS))
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

/** Any string that a client may send as a redirect URI. */
export const anyUri = fc.oneof(acceptableUri, mutated, hostile, fc.webUrl(), fc.string())
