// The rule for refresh tokens (docs/adr/0008-refresh-tokens-are-a-chain.md) in its plainest form: this
// model remembers every token and every presentation. src/oauth/refresh-chain.ts must give the same
// answers with a constant amount of memory.

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

  /** The number of the token to answer with; undefined if the presentation is reuse. */
  present(number: number, nowMs: number): number | undefined {
    const token = this.#tokens[number]
    if (!token) throw new RangeError(`token ${number} was never issued`)
    if (number === this.current) return this.#trade(number, nowMs)
    if (token.isGivenUp) return undefined
    if (token.firstMs !== undefined && nowMs - token.firstMs < this.#windowMs) return this.current
    const isSuccessorUsed = this.#tokens
      .slice(number + 1)
      .some(({ firstMs }) => firstMs !== undefined)
    if (isSuccessorUsed) return undefined
    for (const later of this.#tokens.slice(number + 1)) later.isGivenUp = true
    return this.#trade(number, nowMs)
  }

  #trade(number: number, nowMs: number): number {
    const token = this.#tokens[number]
    if (token) token.firstMs = nowMs
    this.#tokens.push({ firstMs: undefined, isGivenUp: false })
    return this.current
  }
}
