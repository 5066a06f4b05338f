// Requests to the upstream. openid-client makes most of them.
import type { CustomFetch } from 'openid-client'
import { BodyTooLarge, readAtMost } from '../bounded-body.ts'

/** The upstream gave no usable response: network error, timeout, 429 or 5xx. A retry may succeed. */
export class UpstreamUnreachable extends Error {
  override readonly name = 'UpstreamUnreachable'
}

/** For each request. */
export const TIMEOUT_SECONDS = 5

/** Of a response. The largest of real providers are JWK Sets and discovery documents, of some 10 KiB. */
const MAX_BYTES = 256 * 1024

/** Like the global `fetch`. */
export type UpstreamFetch = (url: string, init: RequestInit) => Promise<Response>

/** @returns a fetch that throws UpstreamUnreachable, or BodyTooLarge */
export function createFetchOrThrow(fetch: UpstreamFetch = globalThis.fetch): CustomFetch {
  return async (url, options) => {
    let response: Response
    let body: Uint8Array<ArrayBuffer>
    try {
      // The library's options are those of fetch, except that they may be declared as `undefined`.
      response = await fetch(url, options as RequestInit)
      // Read here, because the library would report a response that breaks off as malformed.
      body = await readAtMost(MAX_BYTES, response.body ?? [])
    } catch (cause) {
      if (cause instanceof BodyTooLarge) throw cause
      throw new UpstreamUnreachable('no response', { cause })
    }
    if (response.status >= 500 || response.status === 429) {
      throw new UpstreamUnreachable(`HTTP ${response.status}`)
    }
    return new Response(body.byteLength > 0 ? body : null, response)
  }
}
