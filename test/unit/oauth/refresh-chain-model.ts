// The rule for refresh tokens (docs/adr/0008-refresh-tokens-are-a-chain.md) in its plainest form: this
// model remembers every token and every presentation. src/oauth/refresh-chain.ts must give the same
// answers with a constant amount of memory.

/** The number of the token to answer with; undefined: the presentation is reuse. */
type Answer = number | undefined

export class RefreshChainModel {
  readonly #windowMs: number
  /** Every token that was ever issued, by number. */
  readonly #tokens: { firstMs: number | undefined; isGivenUp: boolean }[] = [
    { firstMs: undefined, isGivenUp: false },
  ]

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  get current(): number {
    return this.#tokens.length - 1
  }

  /**
   * The possible answers. Two, if the token's window is over by less than an eighth and a later one was presented.
   * @param arrivedMs when the request arrived, which may wait until `nowMs`
   */
  present(number: number, nowMs: number, arrivedMs = nowMs): readonly Answer[] {
    const token = this.#tokens[number]
    if (!token) throw new RangeError(`token ${number} was never issued`)
    if (number === this.current) return [this.#trade(number, nowMs)]
    if (token.isGivenUp) return [undefined]
    const elapsedMs = Math.max(0, arrivedMs - (token.firstMs ?? Number.NEGATIVE_INFINITY))
    if (elapsedMs < this.#windowMs) return [this.current]
    const isSuccessorUsed = this.#tokens
      .slice(number + 1)
      .some(({ firstMs }) => firstMs !== undefined)
    if (isSuccessorUsed) {
      return elapsedMs < this.#windowMs * 1.125 ? [undefined, this.current] : [undefined]
    }
    for (const later of this.#tokens.slice(number + 1)) later.isGivenUp = true
    return [this.#trade(number, nowMs)]
  }

  #trade(number: number, nowMs: number): number {
    const token = this.#tokens[number]
    if (token) token.firstMs = nowMs
    this.#tokens.push({ firstMs: undefined, isGivenUp: false })
    return this.current
  }
}
