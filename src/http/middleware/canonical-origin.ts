// Makes the request say what the configuration says. The engine builds URLs and decides on Secure
// cookies from host and scheme of a request; after this they are OIDC_ISSUER's, whatever was sent. The
// sender's address is the one thing taken from X-Forwarded-For, and only from TRUSTED_PROXIES.
import type { Middleware } from 'koa'
import proxyAddr from 'proxy-addr'

export function canonicalOrigin(options: {
  issuer: string
  trustedProxies: readonly string[]
}): Middleware {
  const { host, protocol } = new URL(options.issuer)
  const isTrusted = proxyAddr.compile([...options.trustedProxies])
  return async function overwriteOrigin(ctx, next) {
    const { headers, url = '/' } = ctx.req
    // RFC 9112 §3.2.2: a request target may be a whole URL, and Koa would take its origin for ours.
    if (!url.startsWith('/')) {
      const target = URL.parse(url)
      ctx.req.url = target?.pathname.startsWith('/') ? target.pathname + target.search : '/'
      ctx.originalUrl = ctx.req.url
      ctx.request.originalUrl = ctx.req.url
    }
    const address = proxyAddr(ctx.req, isTrusted)
    for (const name of ['forwarded', 'x-forwarded-host', 'x-forwarded-port']) delete headers[name]
    headers.host = host
    // Koa reads these two, since app.proxy is on.
    headers['x-forwarded-proto'] = protocol.slice(0, -1)
    headers['x-forwarded-for'] = address
    await next()
  }
}
