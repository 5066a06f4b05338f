// The rule for a presented refresh token. The tokens of a family are numbered, and the successor of n is
// n + 1: two requests with one token compute the same successor, so that rotating needs no lock.
// Pure; refresh-family.ts keeps the chain and applies the verdict by compare-and-set.

export interface RefreshChain {
  /** The number of the token that is good now. */
  readonly current: number
  /** The highest number that was ever presented; -1 before the first. */
  readonly lastPresented: number
  /** When the last few were first presented: number and milliseconds, oldest first. */
  readonly firstPresented: readonly (readonly [number: number, atMs: number])[]
}

export type Verdict =
  | {
      readonly kind: 'accepted'
      /** The number of the token to answer with. */
      readonly answer: number
      /** The chain after it; the same object when nothing changes. */
      readonly chain: RefreshChain
    }
  /** A token that was traded in or given up: someone else may hold it. */
  | { readonly kind: 'reused' }

const REMEMBERED = 16

export const NEW_CHAIN: RefreshChain = { current: 0, lastPresented: -1, firstPresented: [] }

/** @param windowMs for how long after its first use a token may be presented again; 0: not at all */
export function presentToken(
  chain: RefreshChain,
  presented: number,
  nowMs: number,
  windowMs: number,
): Verdict {
  // Ahead of the record: it was issued, since its MAC is right, so the store has lost writes. Those who
  // hold the numbers between were served just now as well.
  if (presented >= chain.current) {
    const lost = Math.min(presented - chain.current, REMEMBERED)
    const between = Array.from(
      { length: lost },
      (_, back) => [presented - lost + back, nowMs] as const,
    )
    const recalled = { ...chain, firstPresented: [...chain.firstPresented, ...between] }
    return accept(recalled, presented, presented + 1, nowMs)
  }

  // A parallel request, or one whose answer was just lost: everyone gets the token that is good now.
  const [, firstMs] = chain.firstPresented.find(([number]) => number === presented) ?? []
  if (firstMs !== undefined && nowMs - firstMs < windowMs) {
    return { kind: 'accepted', answer: chain.current, chain }
  }

  // No successor was ever presented: the answer got lost, however long ago. What was sent since then is
  // given up: numbers between the last presented and the current one are good no more.
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
      firstPresented: [...others, [presented, nowMs] as const].slice(-REMEMBERED),
    },
  }
}
