// Replaces the request's host and scheme with those of OIDC_ISSUER: the engine builds URLs from them and
// decides by them whether cookies are Secure. The sender's address is the only value that is read from
// forwarding headers (X-Forwarded-For), and only from TRUSTED_PROXIES.
import type { IncomingMessage } from 'node:http'
import type { Middleware } from 'koa'
import proxyAddr from 'proxy-addr'
import { withoutPort } from '../../domain/sender-address.ts'
import { parseUrl } from '../../oauth/parse-url.ts'

/** The address that a request comes from. It takes the ports out of X-Forwarded-For. */
export function createSenderLookup(options: {
  trustedProxies: readonly string[]
}): (req: IncomingMessage) => string {
  const isTrusted = proxyAddr.compile([...options.trustedProxies])
  return (req) => {
    const forwardedFor = req.headers['x-forwarded-for']
    // Before the entries are compared: a trusted proxy may be listed with its port too.
    if (typeof forwardedFor === 'string') {
      req.headers['x-forwarded-for'] = withoutPorts(forwardedFor)
    }
    return proxyAddr(req, isTrusted)
  }
}

export function canonicalOrigin(options: {
  issuer: string
  trustedProxies: readonly string[]
}): Middleware {
  const { host, protocol } = new URL(options.issuer)
  const findSender = createSenderLookup(options)
  return async function overwriteOrigin(ctx, next) {
    const { headers, url = '/' } = ctx.req
    // RFC 9112 §3.2.2: a request target may be an absolute URL, whose origin Koa would use as ours.
    if (!url.startsWith('/')) {
      const target = parseUrl(url)
      ctx.req.url = target?.pathname.startsWith('/') ? target.pathname + target.search : '/'
      ctx.originalUrl = ctx.req.url
      ctx.request.originalUrl = ctx.req.url
    }
    const address = findSender(ctx.req)
    for (const name of ['forwarded', 'x-forwarded-host', 'x-forwarded-port']) delete headers[name]
    headers.host = host
    // Koa reads these two headers, because app.proxy is on.
    headers['x-forwarded-proto'] = protocol.slice(0, -1)
    headers['x-forwarded-for'] = address
    await next()
  }
}

function withoutPorts(forwardedFor: string): string {
  const addresses = forwardedFor.split(',').map((address) => withoutPort(address.trim()))
  return addresses.join(', ')
}
