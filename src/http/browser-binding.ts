// Cookies that bind an interaction or a login attempt to the browser that began it. Another browser can
// neither answer the consent page, nor complete the upstream's redirect, nor resume the authorization (MCP
// security best practices, "Confused Deputy Problem"). The __Host- prefix keeps other hosts from planting such
// a cookie. Browsers accept the prefix only with https: under an http issuer on loopback there is none.
import { hash, randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { Config } from '../config/load.ts'
import type { CookieMacs } from '../crypto/cookie-macs.ts'
import { createSignedCookies, type SignedCookies } from './signed-cookies.ts'

export interface BrowserBinding {
  /** @param parentId kept with `id`: a login attempt's interaction */
  set(ctx: Context, id: string, parentId?: string): void
  /** Whether `id` was set in this browser. */
  isBound(ctx: Context, id: string): boolean
  /** The `parentId` that was set with `id`, if `id` is bound to this browser. */
  findParentId(ctx: Context, id: string): string | undefined
  clear(ctx: Context, id: string): void
}

/** A browser without a session that has opened a page with a form. Each such browser has one id for all its tabs. */
export interface Visits {
  /** Sets the cookie, unless the browser has it. */
  begin(ctx: Context): string
  find(ctx: Context): string | undefined
}

export function createBrowserBindings(
  options: Pick<Config, 'issuer' | 'lifetimes'> & {
    /** The MACs that the application signs with. */
    cookieMacs: CookieMacs
  },
) {
  const { issuer, lifetimes, cookieMacs } = options
  const { interactionSeconds, loginAttemptSeconds } = lifetimes
  const signedCookies = createSignedCookies(cookieMacs)
  return {
    interactionBinding: createBrowserBinding({
      issuer,
      signedCookies,
      purpose: 'interaction',
      ttlSeconds: interactionSeconds,
    }),
    loginBinding: createBrowserBinding({
      issuer,
      signedCookies,
      purpose: 'login',
      ttlSeconds: loginAttemptSeconds,
    }),
    visits: createVisits({ issuer, signedCookies }),
  }
}

/** Of the part of a name that belongs to an id. */
const HASH_LENGTH = 12
// Our ids never contain it.
const SEPARATOR = '.'
/** For each purpose. A client that opens tab after tab must not exceed the server's header limit. */
const MAX_COOKIES = 20
/** With one response. Each takes two headers of about 130 bytes, and Node accepts 16 KiB of headers. */
const MAX_CLEARED = 20

/** @param purpose part of the cookie's name. Each id has its own cookie, so tabs do not interfere. */
function createBrowserBinding(options: {
  issuer: string
  signedCookies: SignedCookies
  purpose: 'interaction' | 'login'
  ttlSeconds: number
}): BrowserBinding {
  const { issuer, signedCookies, purpose, ttlSeconds } = options
  const isHttps = issuer.startsWith('https:')
  const prefix = `${isHttps ? '__Host-' : ''}mcp_oidc_${purpose}_`
  const name = (id: string) => prefix + hash('sha256', id, 'hex').slice(0, HASH_LENGTH)
  const isOurs = (cookie: string) =>
    cookie.startsWith(prefix) && cookie.length === prefix.length + HASH_LENGTH
  const attributes = {
    httpOnly: true,
    overwrite: true,
    path: '/',
    sameSite: 'lax',
    secure: isHttps,
    signed: true,
  } as const
  const read = (ctx: Context, id: string) =>
    signedCookies.find(ctx, name(id))?.split(SEPARATOR) ?? []
  return {
    set(ctx, id, parentId) {
      const names = signedCookies.names(ctx).filter(isOurs)
      for (const old of names.slice(0, 1 - MAX_COOKIES).slice(0, MAX_CLEARED)) {
        ctx.cookies.set(old, null, attributes)
      }
      const value = [id, ...(parentId === undefined ? [] : [parentId])].join(SEPARATOR)
      ctx.cookies.set(name(id), value, { ...attributes, maxAge: ttlSeconds * 1000 })
    },
    isBound: (ctx, id) => id !== '' && read(ctx, id)[0] === id,
    findParentId(ctx, id) {
      const [bound, parentId] = read(ctx, id)
      return bound === id ? parentId : undefined
    },
    clear: (ctx, id) => void ctx.cookies.set(name(id), null, attributes),
  }
}

function createVisits({
  issuer,
  signedCookies,
}: {
  issuer: string
  signedCookies: SignedCookies
}): Visits {
  const isHttps = issuer.startsWith('https:')
  const name = `${isHttps ? '__Host-' : ''}mcp_oidc_visit`
  const find = (ctx: Context) => signedCookies.find(ctx, name)
  return {
    find,
    begin(ctx) {
      const visit = find(ctx) ?? randomBytes(16).toString('base64url')
      ctx.cookies.set(name, visit, {
        httpOnly: true,
        overwrite: true,
        sameSite: 'lax',
        secure: isHttps,
        signed: true,
      })
      return visit
    },
  }
}
