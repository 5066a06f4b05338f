// An issuer with a path (ALLOW_ISSUER_PATH): the one place that knows of it. Behind it every route is at
// the root, as without; on the way out, what leads to this server gets the path again.
import type { Middleware } from 'koa'
import { setMountPath } from '../../provider/internals.ts'
import { createRouteFinder, ROUTES } from '../routes.ts'

/** RFC 8414 §3.1 puts the issuer's path behind the well-known part, OpenID Connect before it. */
const METADATA = [ROUTES.oauthMetadata.path, ROUTES.openidMetadata.path]
/** Probes reach the process past any proxy, so without the issuer's path. */
const findProbe = createRouteFinder([ROUTES.livez, ROUTES.readyz])
/** No route. */
const ELSEWHERE = '/-'

function findMetadata(target: string): string | undefined {
  const path = target.toLowerCase()
  return METADATA.find((known) => path === known || path.startsWith(`${known}/`))
}

// Markup of ours: input has its quotes escaped and cannot look like that.
const OWN_ATTRIBUTE = /( (?:action|href|src)=")(?=\/(?!\/))/g

/** @param options.path such as `/tenant`; '' for an issuer that is an origin */
export function issuerPath({ path }: { path: string }): Middleware {
  const isInside = (target: string) => target === path || target.startsWith(`${path}/`)

  const isOwnPath = (location: string) =>
    location.startsWith('/') && !location.startsWith('//') && !isInside(location)

  function toRoute(target: string): string {
    if (findProbe(target)) return target
    const wellKnown = findMetadata(target)
    // The metadata at the origin itself would be another issuer's.
    if (wellKnown) return target.slice(wellKnown.length) === path ? wellKnown : ELSEWHERE
    return isInside(target) ? target.slice(path.length) || '/' : ELSEWHERE
  }

  return async function takeOffPath(ctx, next) {
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
