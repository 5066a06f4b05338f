// The refresh tokens of one grant as one record: their payload, the key of their MACs, and the chain
// (oauth/refresh-chain.ts). A token is `family.number.mac`. A rotation is one compare-and-set and leaves no
// further record behind.
import { createHmac, randomBytes } from 'node:crypto'
import { isEqual } from '../crypto/equal.ts'
import { NEW_CHAIN, presentToken } from '../oauth/refresh-chain.ts'
import type { RefreshFamily } from './record-values.ts'
import type { OpenRecord, Records } from './records.ts'

type Redemption =
  | { readonly kind: 'redeemed'; readonly token: string }
  /** Meanwhile the token was found to be reused: revoke the grant. */
  | { readonly kind: 'reused' }
  /** Meanwhile the family was removed, because the client was signed out. */
  | { readonly kind: 'gone' }

export interface PresentedToken {
  readonly payload: RefreshFamily['payload']
  readonly startedAt: number
  readonly expiresAt: number
  /** The token was redeemed or given up before: revoke the grant. */
  readonly isReused: boolean
  /**
   * Redeems the token and extends the family's lifetime. If `advances` is false the token stays the same.
   * @returns the token to answer with, or why there is none
   */
  redeem(options: { advances: boolean }): Promise<Redemption>
}

export interface RefreshFamilies {
  /** The first token of a new family; `create` then stores the family. */
  issue(): string
  /** Whether `token` was issued and its family not yet created. */
  isNew(token: string): boolean
  create(token: string, payload: RefreshFamily['payload']): Promise<void>
  find(token: string): Promise<PresentedToken | undefined>
  remove(token: string): Promise<void>
}

const TOKEN = /^([\w-]{22})\.(\d{1,10})\.([\w-]{43})$/
/** The family is not written again just to extend its lifetime by less than this. */
const SLIDE_STEP_SECONDS = 60

export function createRefreshFamilies(options: {
  records: Pick<Records, 'open' | 'remove' | 'save'>
  now: () => number
  /** For how long a redeemed token still gets its successor; 0: not at all. */
  reuseWindowSeconds: number
  /** Counted from the last use, and from the first issue. */
  lifetimeSeconds: number
  maxLifetimeSeconds: number
}): RefreshFamilies {
  const { records, now } = options
  const windowMs = options.reuseWindowSeconds * 1000
  const unsaved = new Map<string, string>()
  const nowSeconds = () => Math.floor(now() / 1000)

  const ttlSeconds = (startedAt: number) =>
    Math.max(
      1,
      Math.min(options.lifetimeSeconds, startedAt + options.maxLifetimeSeconds - nowSeconds()),
    )

  function createRedeem(id: string, number: number, read: OpenRecord<RefreshFamily>) {
    return async ({ advances }: { advances: boolean }): Promise<Redemption> => {
      for (let record = read; ; ) {
        const family = record.value
        const verdict = presentToken(family.chain, number, now(), windowMs)
        if (verdict.kind === 'reused') return verdict
        const isSpent = number < family.chain.current
        const chain = advances || isSpent ? verdict.chain : family.chain
        const next = advances || isSpent ? verdict.answer : number
        const token = formatToken(id, next, family.macKey)
        const ttl = ttlSeconds(family.startedAt)
        const expiresAt = nowSeconds() + ttl
        const slides = !isSpent && expiresAt - family.expiresAt >= SLIDE_STEP_SECONDS
        if (chain === family.chain && !slides) return { kind: 'redeemed', token }
        if (await record.replace({ ...family, chain, expiresAt }, ttl))
          return { kind: 'redeemed', token }
        // Another request was faster: apply the rule to the chain as it is now.
        const again = await records.open('RefreshFamily', id)
        if (!again) return { kind: 'gone' }
        record = again
      }
    }
  }

  return {
    issue() {
      const macKey = randomBytes(32).toString('base64url')
      const token = formatToken(randomBytes(16).toString('base64url'), 0, macKey)
      unsaved.set(token, macKey)
      return token
    },
    isNew: (token) => unsaved.has(token),
    async create(token, payload) {
      const [, id = ''] = TOKEN.exec(token) ?? []
      const macKey = unsaved.get(token)
      unsaved.delete(token)
      if (macKey === undefined) throw new TypeError('create takes a token that issue returned')
      const startedAt = nowSeconds()
      const ttl = ttlSeconds(startedAt)
      const expiresAt = startedAt + ttl
      const family: RefreshFamily = { payload, macKey, chain: NEW_CHAIN, startedAt, expiresAt }
      await records.save('RefreshFamily', id, family, ttl)
    },
    async find(token) {
      const [, id, number] = TOKEN.exec(token) ?? []
      const record = id === undefined ? undefined : await records.open('RefreshFamily', id)
      if (id === undefined || !record) return undefined
      const family = record.value
      const expected = formatToken(id, Number(number), family.macKey)
      if (!isEqual(Buffer.from(expected), Buffer.from(token))) return undefined
      const verdict = presentToken(family.chain, Number(number), now(), windowMs)
      return {
        payload: family.payload,
        startedAt: family.startedAt,
        expiresAt: family.expiresAt,
        isReused: verdict.kind === 'reused',
        redeem: createRedeem(id, Number(number), record),
      }
    },
    async remove(token) {
      const [, id] = TOKEN.exec(token) ?? []
      if (id !== undefined) await records.remove('RefreshFamily', id)
    },
  }
}

function formatToken(id: string, number: number, macKey: string): string {
  const mac = createHmac('sha256', Buffer.from(macKey, 'base64url'))
  return `${id}.${number}.${mac.update(`${id}.${number}`).digest('base64url')}`
}
