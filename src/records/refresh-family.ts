// The refresh tokens of one grant as one record: their payload, the key of their MACs, and the chain
// (oauth/refresh-chain.ts). A token is `family.number.mac`. A rotation is one compare-and-set and leaves no
// further record behind. A family is named after its grant, so that whoever ends the grant can remove it.
import { createHmac, createSecretKey } from 'node:crypto'
import { createBoundedMap } from '../bounded-map.ts'
import { isEqual } from '../crypto/equal.ts'
import { NEW_CHAIN, presentToken } from '../oauth/refresh-chain.ts'
import { deriveMacKey, nameFamily } from './access/family-names.ts'
import { referToGrant } from './grant-store.ts'
import type { RefreshFamily } from './record-values.ts'
import type { OpenRecord, Records } from './records.ts'

/** One moment on both clocks, in milliseconds. */
export interface Instant {
  readonly wallMs: number
  /** Of a clock that is never set, and that means nothing to another process. */
  readonly monotonicMs: number
}

type Redemption =
  | { readonly kind: 'redeemed'; readonly token: string }
  /** The token was redeemed or given up before: revoke the grant. */
  | { readonly kind: 'reused' }
  /** Nobody waits for the answer, so the token was not redeemed. It proves no reuse either. */
  | { readonly kind: 'abandoned' }
  /** Meanwhile the family was removed, because the client was signed out. */
  | { readonly kind: 'gone' }

export interface PresentedToken {
  readonly payload: RefreshFamily['payload']
  readonly startedAt: number
  readonly expiresAt: number
  /**
   * Redeems the token and extends the family's lifetime.
   * @returns the token to answer with, or why there is none
   */
  redeem(request: RefreshRequest): Promise<Redemption>
}

export interface RefreshRequest {
  /** If false, the token stays the same. */
  readonly advances: boolean
  /** The token is judged by this time: under load, a request may wait until its client has moved on. */
  readonly arrivedAt: Instant
  /** Whether the client hung up, or has its answer already. */
  readonly isAbandoned: () => boolean
}

export interface RefreshFamilies {
  /** The first token of the grant's family; `create` then stores the family. */
  issue(grantId: string): string
  create(grantId: string, payload: RefreshFamily['payload']): Promise<void>
  find(token: string): Promise<PresentedToken | undefined>
  remove(token: string): Promise<void>
  /** @param reference to the grant (grant-store.ts). Undefined also for grants from before families were named so. */
  findUse(reference: string): Promise<FamilyUse | undefined>
  removeOfGrant(reference: string): Promise<void>
}

/** Seconds since the epoch. */
interface FamilyUse {
  readonly startedAt: number
  /** When a token was last presented; undefined: never. */
  readonly lastUsedAt: number | undefined
  readonly expiresAt: number
}

const TOKEN = /^([\w-]{22})\.(\d{1,10})\.([\w-]{43})$/
/** The family is not written again just to extend its lifetime by less than this. */
const SLIDE_STEP_SECONDS = 60
/** How long before now a request may have arrived at most: the deadline of a request (request-deadline.ts). */
const LONGEST_WAIT_MS = 9000
/** Some 80 presentations a second for the default window. Beyond that, the wall clock decides. */
const MAX_SEEN = 10_000

export function createRefreshFamilies(options: {
  records: Pick<Records, 'open' | 'remove' | 'save'>
  now: () => number
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number
  /** For how long a redeemed token still gets its successor; 0: not at all. */
  reuseWindowSeconds: number
  /** Counted from the last use, and from the first issue. */
  lifetimeSeconds: number
  maxLifetimeSeconds: number
}): RefreshFamilies {
  const { records, now, monotonicNow } = options
  const windowMs = options.reuseWindowSeconds * 1000
  /** When this process stored that a token was first presented, by family and wall clock. */
  const seen = createBoundedMap<number>(MAX_SEEN)
  const nowSeconds = () => Math.floor(now() / 1000)

  const ttlSeconds = (startedAt: number) =>
    Math.max(
      1,
      Math.min(options.lifetimeSeconds, startedAt + options.maxLifetimeSeconds - nowSeconds()),
    )

  /** The wall clock may be set. If this process saw the presentation itself, it goes by its monotonic clock. */
  function elapsedMs(key: string, atMs: number, arrivedAt: Instant): number {
    const seenMs = seen.get(key)
    return seenMs === undefined ? arrivedAt.wallMs - atMs : arrivedAt.monotonicMs - seenMs
  }

  /** A body may take its time to arrive, and must not make the request older than a prompt one can be. */
  function notBefore(arrivedAt: Instant, longestMs: number): Instant {
    return {
      wallMs: Math.max(arrivedAt.wallMs, now() - longestMs),
      monotonicMs: Math.max(arrivedAt.monotonicMs, monotonicNow() - longestMs),
    }
  }

  function createRedeem(id: string, number: number, read: OpenRecord<RefreshFamily>) {
    return async ({ advances, arrivedAt, isAbandoned }: RefreshRequest): Promise<Redemption> => {
      const arrival = notBefore(arrivedAt, LONGEST_WAIT_MS)
      const sinceMs = (atMs: number) => elapsedMs(`${id}.${atMs}`, atMs, arrival)
      for (let record = read; ; ) {
        if (isAbandoned()) return { kind: 'abandoned' }
        const family = record.value
        const instant = { wallMs: now(), monotonicMs: monotonicNow() }
        const time = { nowMs: instant.wallMs, windowMs, sinceMs }
        const verdict = presentToken(family.chain, number, time)
        if (verdict.kind === 'reused') return verdict
        const isSpent = number < family.chain.current
        const chain = advances || isSpent ? verdict.chain : family.chain
        const next = advances || isSpent ? verdict.answer : number
        const token = formatToken(id, next, family.macKey)
        const ttl = ttlSeconds(family.startedAt)
        const expiresAt = nowSeconds() + ttl
        const slides = !isSpent && expiresAt - family.expiresAt >= SLIDE_STEP_SECONDS
        if (chain === family.chain && !slides) {
          // Nothing is written that would fail if the family was removed since it was read.
          const isThere = record !== read || (await records.open('RefreshFamily', id)) !== undefined
          return isThere ? { kind: 'redeemed', token } : { kind: 'gone' }
        }
        if (await record.replace({ ...family, chain, expiresAt }, ttl)) {
          seen.set(`${id}.${instant.wallMs}`, instant.monotonicMs)
          return { kind: 'redeemed', token }
        }
        // Another request was faster: apply the rule to the chain as it is now.
        const again = await records.open('RefreshFamily', id)
        if (!again) return { kind: 'gone' }
        record = again
      }
    }
  }

  return {
    issue: (grantId) => formatToken(nameFamily(referToGrant(grantId)), 0, deriveMacKey(grantId)),
    async create(grantId, payload) {
      const macKey = deriveMacKey(grantId)
      const startedAt = nowSeconds()
      const ttl = ttlSeconds(startedAt)
      const expiresAt = startedAt + ttl
      const family: RefreshFamily = { payload, macKey, chain: NEW_CHAIN, startedAt, expiresAt }
      await records.save('RefreshFamily', nameFamily(referToGrant(grantId)), family, ttl)
    },
    async find(token) {
      const [, id, number] = TOKEN.exec(token) ?? []
      const record = id === undefined ? undefined : await records.open('RefreshFamily', id)
      if (id === undefined || !record) return undefined
      const family = record.value
      const expected = formatToken(id, Number(number), family.macKey)
      if (!isEqual(Buffer.from(expected), Buffer.from(token))) return undefined
      return {
        payload: family.payload,
        startedAt: family.startedAt,
        expiresAt: family.expiresAt,
        redeem: createRedeem(id, Number(number), record),
      }
    },
    async remove(token) {
      const [, id] = TOKEN.exec(token) ?? []
      if (id !== undefined) await records.remove('RefreshFamily', id)
    },
    async findUse(reference) {
      const family = (await records.open('RefreshFamily', nameFamily(reference)))?.value
      if (!family) return undefined
      const { startedAt, expiresAt, chain } = family
      const lastMs = chain.firstPresented.at(-1)?.[1]
      const lastUsedAt = lastMs === undefined ? undefined : Math.floor(lastMs / 1000)
      return { startedAt, lastUsedAt, expiresAt }
    },
    removeOfGrant: (reference) => records.remove('RefreshFamily', nameFamily(reference)),
  }
}

function formatToken(id: string, number: number, macKey: string): string {
  // Of raw bytes, Node makes a key that costs three times as much.
  const mac = createHmac('sha256', createSecretKey(macKey, 'base64url'))
  return `${id}.${number}.${mac.update(`${id}.${number}`).digest('base64url')}`
}
