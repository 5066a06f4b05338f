// Support for an issuer with a path (ALLOW_ISSUER_PATH), in one place. It strips the path from requests, so
// that every route below it is at the root, and adds the path to our links and redirects in responses.
import type { Middleware } from 'koa'
import { setMountPath } from '../../provider/internals.ts'
import { createRouteFinder, ROUTES } from '../routes.ts'

/** RFC 8414 §3.1 puts the issuer's path after the well-known part, OpenID Connect Discovery §4 before. */
const METADATA = [ROUTES.oauthMetadata.path, ROUTES.openidMetadata.path]
/** Probes call the process directly, past any proxy, and so without the issuer's path. */
const findProbe = createRouteFinder([ROUTES.livez, ROUTES.readyz])
/** Matches no route. */
const UNROUTED = '/-'

function findMetadata(target: string): string | undefined {
  const path = target.toLowerCase()
  return METADATA.find((known) => path === known || path.startsWith(`${known}/`))
}

// Only our own markup matches: input has its quotes escaped.
const OWN_ATTRIBUTE = /( (?:action|href|src|srcset)=")(?=\/(?!\/))/g

/** @param options.path such as `/tenant`; '' for an issuer that is an origin */
export function issuerPath({ path }: { path: string }): Middleware {
  const isInside = (target: string) => target === path || target.startsWith(`${path}/`)

  const isOwnPath = (location: string) =>
    location.startsWith('/') && !location.startsWith('//') && !isInside(location)

  function toRoute(target: string): string {
    if (findProbe(target)) return target
    const wellKnown = findMetadata(target)
    // Metadata without the path would be that of another issuer: the origin.
    if (wellKnown) return target.slice(wellKnown.length) === path ? wellKnown : UNROUTED
    return isInside(target) ? target.slice(path.length) || '/' : UNROUTED
  }

  return async function stripIssuerPath(ctx, next) {
    if (path === '') return next()
    ctx.path = toRoute(ctx.path)
    setMountPath(ctx, path)
    await next()
    const location = ctx.res.getHeader('Location')
    if (typeof location === 'string' && isOwnPath(location)) ctx.set('Location', path + location)
    if (typeof ctx.body === 'string' && ctx.response.is('html')) {
      ctx.body = ctx.body.replace(OWN_ATTRIBUTE, `$1${path}`)
    }
    return undefined
  }
}
