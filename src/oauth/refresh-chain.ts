// Decides about a presented refresh token. The tokens of a family are numbered, and the successor of n is
// n + 1: two requests with the same token compute the same successor, so rotation needs no lock.
// records/refresh-family.ts stores the chain and applies the verdict with compare-and-set.

export interface RefreshChain {
  /** The number of the token that is valid now. */
  readonly current: number
  /** The highest number that was ever presented; -1 before the first. */
  readonly lastPresented: number
  /** When each of the last few tokens was first presented, oldest first. */
  readonly firstPresented: readonly (readonly [number: number, atMs: number])[]
}

export type Verdict =
  | {
      readonly kind: 'accepted'
      /** The number of the token to respond with. */
      readonly answer: number
      /** The chain afterwards; the same object if nothing changes. */
      readonly chain: RefreshChain
    }
  /** The token was already rotated or is obsolete: someone else may have it. */
  | { readonly kind: 'reused' }

const MAX_REMEMBERED = 16

export const NEW_CHAIN: RefreshChain = { current: 0, lastPresented: -1, firstPresented: [] }

/** @param windowMs how long after its first use a token may be presented again; 0: never */
export function presentToken(
  chain: RefreshChain,
  presented: number,
  nowMs: number,
  windowMs: number,
): Verdict {
  // The token is valid or ahead of the record. Its MAC proves that it was issued, so if it is ahead, the
  // store has lost writes. The tokens in between then count as presented now.
  if (presented >= chain.current) {
    const lost = Math.min(presented - chain.current, MAX_REMEMBERED)
    const between = Array.from(
      { length: lost },
      (_, back) => [presented - lost + back, nowMs] as const,
    )
    const recalled = { ...chain, firstPresented: [...chain.firstPresented, ...between] }
    return accept(recalled, presented, presented + 1, nowMs)
  }

  // A parallel request, or a retry after a lost response: both get the token that is valid now.
  const [, firstMs] = chain.firstPresented.find(([number]) => number === presented) ?? []
  if (firstMs !== undefined && nowMs - firstMs < windowMs) {
    return { kind: 'accepted', answer: chain.current, chain }
  }

  // No successor was ever presented, so the response was lost, however long ago. The tokens that were
  // sent since then become obsolete: numbers between the last presented and the current one are invalid.
  if (presented === chain.lastPresented) {
    return accept(chain, presented, chain.current + 1, nowMs)
  }
  return { kind: 'reused' }
}

function accept(
  chain: RefreshChain,
  presented: number,
  next: number,
  nowMs: number,
): Extract<Verdict, { kind: 'accepted' }> {
  const others = chain.firstPresented.filter(([number]) => number !== presented)
  return {
    kind: 'accepted',
    answer: next,
    chain: {
      current: next,
      lastPresented: presented,
      firstPresented: [...others, [presented, nowMs] as const].slice(-MAX_REMEMBERED),
    },
  }
}
