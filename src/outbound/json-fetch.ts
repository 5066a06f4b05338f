// Fetches JSON through the guarded fetch, with the freshness that its HTTP headers state (RFC 9111 §4.2).
import type { IncomingHttpHeaders } from 'node:http'
import { FetchError, type GuardedFetch } from './guarded-fetch.ts'

interface FetchedJson {
  readonly value: unknown
  /** Undefined: the headers state no freshness. */
  readonly maxAgeSeconds: number | undefined
}

/** @throws FetchError */
export type JsonFetch = (url: string) => Promise<FetchedJson>

// RFC 6839 §3.1: application/jwk-set+json is JSON too.
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/i

export function createJsonFetch(options: {
  fetch: GuardedFetch
  maxBytes: number
  timeoutMs: number
}): JsonFetch {
  const { fetch, maxBytes, timeoutMs } = options
  return async (url) => {
    const { body, headers } = await fetch(url, { maxBytes, timeoutMs, types: JSON_TYPE })
    const value = parse(body)
    // The value is stored, and numbers such as 1e20 are longer there.
    if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) throw new FetchError('too_large')
    return { value, maxAgeSeconds: readMaxAge(headers) }
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new FetchError('not_json', { cause })
  }
}

/** For a shared cache: `s-maxage`, else `max-age`, else `Expires`, minus the `Age` in other caches. */
function readMaxAge(headers: IncomingHttpHeaders): number | undefined {
  const directives = (headers['cache-control'] ?? '')
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
  if (directives.some((directive) => /^no-(store|cache)\b/.test(directive))) return 0
  const seconds = (name: string) => {
    const found = directives.find((directive) => directive.startsWith(`${name}=`))
    const value = /^"?(\d+)"?$/.exec(found?.slice(name.length + 1) ?? '')?.[1]
    return value === undefined ? undefined : Number(value)
  }
  const given = seconds('s-maxage') ?? seconds('max-age') ?? untilExpiry(headers)
  if (given === undefined) return undefined
  const age = /^\d+$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.max(0, given - age)
}

function untilExpiry({ expires, date }: IncomingHttpHeaders): number | undefined {
  const span = Date.parse(expires ?? '') - Date.parse(date ?? '')
  return Number.isNaN(span) ? undefined : Math.max(0, Math.floor(span / 1000))
}
