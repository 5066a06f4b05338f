// Cookies that say "this browser began it": one for each interaction, one for each login attempt. They
// keep a page, or an answer of the upstream, from being finished in another browser than the one it
// belongs to (MCP security best practices, state 17-20). With __Host- no other host can plant one.
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { Config } from '../config/load.ts'

export interface BrowserBinding {
  /** @param belongsTo the id of what this is part of */
  set(ctx: Context, id: string, belongsTo?: string): void
  /** Whether this browser is the one that `id` was given to. */
  isHeld(ctx: Context, id: string): boolean
  /** What an id that is held belongs to. */
  findOwner(ctx: Context, id: string): string | undefined
  clear(ctx: Context, id: string): void
}

export function createBrowserBindings({ issuer, lifetimes }: Pick<Config, 'issuer' | 'lifetimes'>) {
  const { interactionSeconds, loginAttemptSeconds } = lifetimes
  return {
    interactionBinding: createBrowserBinding({
      issuer,
      purpose: 'interaction',
      ttlSeconds: interactionSeconds,
    }),
    loginBinding: createBrowserBinding({
      issuer,
      purpose: 'login',
      ttlSeconds: loginAttemptSeconds,
    }),
  }
}

// In no id of ours.
const SEPARATOR = '.'
/** Of one purpose; a client that opens tab after tab must not fill up what a server takes of headers. */
const MOST_COOKIES = 20

/** @param purpose part of the cookie's name; one cookie for each id, so that tabs do not share */
function createBrowserBinding(options: {
  issuer: string
  purpose: 'interaction' | 'login'
  ttlSeconds: number
}): BrowserBinding {
  const { issuer, purpose, ttlSeconds } = options
  const isHttps = issuer.startsWith('https:')
  const prefix = `${isHttps ? '__Host-' : ''}mcp_oidc_${purpose}_`
  const name = (id: string) => prefix + createHash('sha256').update(id).digest('hex').slice(0, 12)
  const attributes = {
    httpOnly: true,
    overwrite: true,
    path: '/',
    sameSite: 'lax',
    secure: isHttps,
    signed: true,
  } as const
  const read = (ctx: Context, id: string) =>
    ctx.cookies.get(name(id), { signed: true })?.split(SEPARATOR) ?? []
  return {
    set(ctx, id, belongsTo) {
      for (const old of namesOf(ctx, prefix).slice(0, 1 - MOST_COOKIES)) {
        ctx.cookies.set(old, null, attributes)
      }
      const value = [id, ...(belongsTo === undefined ? [] : [belongsTo])].join(SEPARATOR)
      ctx.cookies.set(name(id), value, { ...attributes, maxAge: ttlSeconds * 1000 })
    },
    isHeld: (ctx, id) => id !== '' && read(ctx, id)[0] === id,
    findOwner(ctx, id) {
      const [held, owner] = read(ctx, id)
      return held === id ? owner : undefined
    },
    clear: (ctx, id) => void ctx.cookies.set(name(id), null, attributes),
  }
}

/** Oldest first, as browsers send cookies of one path (RFC 6265 §5.4). */
function namesOf(ctx: Context, prefix: string): string[] {
  const names = ctx
    .get('Cookie')
    .split(/;\s*/)
    .map((pair) => pair.split('=', 1)[0] ?? '')
  return names.filter((name) => name.startsWith(prefix) && !name.endsWith('.sig'))
}
