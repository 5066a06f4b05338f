// The refresh tokens of one grant as one record: what they carry, the key of their MACs, and the chain
// (refresh-chain.ts). A token is `family.number.mac`; rotating it is one compare-and-set, and leaves
// nothing behind.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { NEW_CHAIN, presentToken } from '../oauth/refresh-chain.ts'
import type { RefreshFamily } from './record-values.ts'
import type { OpenRecord, Records } from './records.ts'

type Redemption =
  | { readonly kind: 'redeemed'; readonly token: string }
  /** The grant must end. */
  | { readonly kind: 'reused' }
  /** The chain was ended in the meantime, by whoever signed the client out. */
  | { readonly kind: 'gone' }

export interface PresentedToken {
  readonly payload: RefreshFamily['payload']
  readonly startedAt: number
  readonly expiresAt: number
  /** It was traded in or given up before: the grant must end. */
  readonly isReused: boolean
  /**
   * Trades the token in. The same token again and again where it does not advance, sliding alone.
   * @returns the token to answer with, or what the token has turned out to be
   */
  redeem(options: { advances: boolean }): Promise<Redemption>
}

export interface RefreshFamilies {
  /** The first token of a new family, which `create` then stores. */
  issue(): string
  /** Whether `token` comes from `issue` and waits for `create`. */
  isNew(token: string): boolean
  create(token: string, payload: RefreshFamily['payload']): Promise<void>
  find(token: string): Promise<PresentedToken | undefined>
  remove(token: string): Promise<void>
}

const TOKEN = /^([\w-]{22})\.(\d{1,10})\.([\w-]{43})$/
/** A token that slid less than this ago is not written again just to slide. */
const SLIDE_STEP_SECONDS = 60

export function createRefreshFamilies(options: {
  records: Pick<Records, 'open' | 'remove' | 'save'>
  now: () => number
  /** For how long a token that was just traded in still gets its successor; 0: not at all. */
  reuseWindowSeconds: number
  /** From the last use, and from the first issue. */
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
        // Someone else was faster; the rule says what that means for this token.
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
      if (macKey === undefined) throw new TypeError('create takes a token of issue')
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
      if (!isSame(token, formatToken(id, Number(number), family.macKey))) return undefined
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

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
