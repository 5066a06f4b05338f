// Decides about a presented refresh token. The tokens of a family are numbered, and the successor of n is
// n + 1: two requests with the same token compute the same successor, so rotation needs no lock.
// records/refresh-family.ts stores the chain and applies the verdict with compare-and-set.

/**
 * Tokens that were first presented one after another: `first` (if absent, `number` alone) to `number`,
 * the last of them at `atMs`.
 */
type PresentedRun = readonly [number: number, atMs: number, first?: number]

export interface RefreshChain {
  /** The number of the token that is valid now. */
  readonly current: number
  /** The highest number that was ever presented; -1 before the first. */
  readonly lastPresented: number
  /** When the tokens of the window were first presented, oldest first. Older ones may be left. */
  readonly firstPresented: readonly PresentedRun[]
}

export interface PresentationTime {
  readonly nowMs: number
  /** How long after its first use a token may be presented again; 0: never. */
  readonly windowMs: number
  /** How long before the request arrived `atMs` was. Negative: the request arrived earlier. */
  readonly sinceMs: (atMs: number) => number
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

/**
 * If there are too many runs, two of them that span less than this part of the window, with the one before them, become
 * one, with the time of the later. So the window of a token is at most an eighth longer. Until then each token has
 * a run of its own, which releases from before runs can read.
 */
const RUN_PART = 8
/** Enough for the whole window, however fast the tokens rotate: each three runs that cannot be joined span a part. */
const MAX_RUNS = 2 * RUN_PART

export const NEW_CHAIN: RefreshChain = { current: 0, lastPresented: -1, firstPresented: [] }

export function presentToken(
  chain: RefreshChain,
  presented: number,
  time: PresentationTime,
): Verdict {
  // The token is valid or ahead of the record. Its MAC proves that it was issued, so if it is ahead, the
  // store has lost writes. The tokens in between then count as presented now.
  if (presented >= chain.current) return accept(chain, presented, presented + 1, time)

  // A parallel request, or a retry after a lost response: both get the token that is valid now.
  const run = findRun(chain.firstPresented, presented)
  if (run !== undefined && Math.max(0, time.sinceMs(run[1])) < time.windowMs) {
    return { kind: 'accepted', answer: chain.current, chain }
  }

  // No successor was ever presented, so the response was lost, however long ago. The tokens that were
  // sent since then become obsolete: numbers between the last presented and the current one are invalid.
  if (presented === chain.lastPresented) return accept(chain, presented, chain.current + 1, time)
  return { kind: 'reused' }
}

function findRun(runs: readonly PresentedRun[], presented: number): PresentedRun | undefined {
  return runs.find(([number, , first = number]) => first <= presented && presented <= number)
}

function accept(
  chain: RefreshChain,
  presented: number,
  next: number,
  time: PresentationTime,
): Extract<Verdict, { kind: 'accepted' }> {
  // A token is presented again only after its window, and the earlier ones are older still.
  const runs = presented < chain.current ? [] : chain.firstPresented
  const first = Math.min(presented, chain.current)
  const firstPresented = append(runs, [presented, time.nowMs, first], time)
  return {
    kind: 'accepted',
    answer: next,
    chain: { current: next, lastPresented: presented, firstPresented },
  }
}

function append(
  runs: readonly PresentedRun[],
  [number, atMs, first]: readonly [number: number, atMs: number, first: number],
  { windowMs, sinceMs }: PresentationTime,
): readonly PresentedRun[] {
  const run: PresentedRun = first === number ? [number, atMs] : [number, atMs, first]
  const all = [...runs, run]
  if (all.length <= MAX_RUNS) return all
  const joined = all.findIndex((later, at) => {
    const [before, earlier] = all.slice(Math.max(0, at - 2), at)
    if (before === undefined || earlier === undefined) return false
    // No run has a gap: tokens between may have been given up.
    if (earlier[0] + 1 !== (later[2] ?? later[0])) return false
    return Math.abs(sinceMs(before[1]) - sinceMs(later[1])) < windowMs / RUN_PART
  })
  const [earlier, later] = [all[joined - 1], all[joined]]
  // Otherwise the oldest is older than the window.
  if (earlier === undefined || later === undefined) return all.slice(-MAX_RUNS)
  return all.toSpliced(joined - 1, 2, [later[0], later[1], earlier[2] ?? earlier[0]])
}
