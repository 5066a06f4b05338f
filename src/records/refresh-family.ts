// The refresh tokens of one grant as one record: what they carry, the key of their MACs, and the chain
// (refresh-chain.ts). A token is `family.number.mac`; rotating it is one compare-and-set, and leaves
// nothing behind.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { NEW_CHAIN, presentToken, type RefreshChain } from '../oauth/refresh-chain.ts'
import type { OpenRecord, Records } from './records.ts'

type RefreshPayload = Readonly<Record<string, unknown>>

/** Stored; the names are short because there is one per grant. */
interface Family {
  readonly payload: RefreshPayload
  readonly macKey: string
  readonly chain: RefreshChain
  /** Seconds since the epoch: the first token's issue, and the end of the current one. */
  readonly startedAt: number
  readonly expiresAt: number
}

type Trade =
  | { readonly kind: 'traded'; readonly token: string }
  /** The grant must end. */
  | { readonly kind: 'reused' }
  /** The chain was ended in the meantime, by whoever signed the client out. */
  | { readonly kind: 'gone' }

export interface PresentedToken {
  readonly payload: RefreshPayload
  readonly startedAt: number
  readonly expiresAt: number
  /** It was traded in or given up before: the grant must end. */
  readonly isReused: boolean
  /**
   * Trades the token in. The same token again and again where it does not advance, sliding alone.
   * @returns the token to answer with, or what the token has turned out to be
   */
  trade(options: { advances: boolean }): Promise<Trade>
}

export interface RefreshFamilies {
  /** The first token of a new family, which `create` then stores. */
  issue(): string
  /** Whether `token` comes from `issue` and waits for `create`. */
  isNew(token: string): boolean
  create(token: string, payload: RefreshPayload): Promise<void>
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

  async function open(id: string): Promise<{ record: OpenRecord; family: Family } | undefined> {
    const record = await records.open('RefreshFamily', id)
    return record && { record, family: record.value as Family }
  }

  function createTrade(id: string, number: number, read: { record: OpenRecord; family: Family }) {
    return async ({ advances }: { advances: boolean }): Promise<Trade> => {
      for (let opened = read; ; ) {
        const { family, record } = opened
        const verdict = presentToken(family.chain, number, now(), windowMs)
        if (verdict.kind === 'reused') return verdict
        const isSpent = number < family.chain.current
        const chain = advances || isSpent ? verdict.chain : family.chain
        const next = advances || isSpent ? verdict.answer : number
        const token = formatToken(id, next, family.macKey)
        const ttl = ttlSeconds(family.startedAt)
        const expiresAt = nowSeconds() + ttl
        const slides = !isSpent && expiresAt - family.expiresAt >= SLIDE_STEP_SECONDS
        if (chain === family.chain && !slides) return { kind: 'traded', token }
        if (await record.replace({ ...family, chain, expiresAt }, ttl))
          return { kind: 'traded', token }
        // Someone else was faster; the rule says what that means for this token.
        const again = await open(id)
        if (!again) return { kind: 'gone' }
        opened = again
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
      const family: Family = { payload, macKey, chain: NEW_CHAIN, startedAt, expiresAt }
      await records.save('RefreshFamily', id, family, ttl)
    },
    async find(token) {
      const [, id, number] = TOKEN.exec(token) ?? []
      const read = id === undefined ? undefined : await open(id)
      if (id === undefined || !read) return undefined
      const { family } = read
      if (!isSame(token, formatToken(id, Number(number), family.macKey))) return undefined
      const verdict = presentToken(family.chain, Number(number), now(), windowMs)
      return {
        payload: family.payload,
        startedAt: family.startedAt,
        expiresAt: family.expiresAt,
        isReused: verdict.kind === 'reused',
        trade: createTrade(id, Number(number), read),
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
