// The MACs that sign cookies, with the methods of Keygrip, which Koa and the engine use. Keygrip's own are SHA-1.
import { createHmac, createSecretKey } from 'node:crypto'
import { deriveKeys } from './derived-key.ts'
import { isEqual } from './equal.ts'

export interface CookieMacs {
  sign(data: string): string
  verify(data: string, mac: string): boolean
  /** The position of the key that made `mac`, or -1. If it is not 0, Koa signs the cookie again. */
  index(data: string, mac: string): number
}

/** @param sessionSecrets newest first: the newest signs, all verify. */
export function createCookieMacs(sessionSecrets: readonly [string, ...string[]]): CookieMacs {
  const keys = deriveKeys(sessionSecrets, 'cookie-macs')
  const legacyKeys = deriveKeys(sessionSecrets, 'cookies').map((key) =>
    createSecretKey(key.export().toString('base64'), 'utf8'),
  )
  const makers = [
    ...keys.map((key) => (data: string) => createHmac('sha256', key).update(data).digest()),
    // Browsers still have cookies that earlier versions signed (docs/adr/0020-cookies.md).
    ...legacyKeys.map((key) => (data: string) => createHmac('sha1', key).update(data).digest()),
  ]
  const index: CookieMacs['index'] = (data, mac) => {
    const given = Buffer.from(mac, 'base64url')
    return makers.findIndex((make) => isEqual(make(data), given))
  }
  return {
    sign: (data) => createHmac('sha256', keys[0]).update(data).digest('base64url'),
    verify: (data, mac) => index(data, mac) >= 0,
    index,
  }
}
