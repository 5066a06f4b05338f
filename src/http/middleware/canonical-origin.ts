// Replaces the request's host and scheme with those of OIDC_ISSUER: the engine builds URLs from them and
// decides by them whether cookies are Secure. The sender's address is the only value that is read from
// forwarding headers (X-Forwarded-For), and only from TRUSTED_PROXIES.
import type { Middleware } from 'koa'
import proxyAddr from 'proxy-addr'
import { withoutPort } from '../../domain/sender-address.ts'
import { parseUrl } from '../../oauth/parse-url.ts'

export function canonicalOrigin(options: {
  issuer: string
  trustedProxies: readonly string[]
}): Middleware {
  const { host, protocol } = new URL(options.issuer)
  const isTrusted = proxyAddr.compile([...options.trustedProxies])
  return async function overwriteOrigin(ctx, next) {
    const { headers, url = '/' } = ctx.req
    // RFC 9112 §3.2.2: a request target may be an absolute URL, whose origin Koa would use as ours.
    if (!url.startsWith('/')) {
      const target = parseUrl(url)
      ctx.req.url = target?.pathname.startsWith('/') ? target.pathname + target.search : '/'
      ctx.originalUrl = ctx.req.url
      ctx.request.originalUrl = ctx.req.url
    }
    const forwardedFor = headers['x-forwarded-for']
    // Before the entries are compared: a trusted proxy may be listed with its port too.
    if (typeof forwardedFor === 'string') headers['x-forwarded-for'] = withoutPorts(forwardedFor)
    const address = proxyAddr(ctx.req, isTrusted)
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
