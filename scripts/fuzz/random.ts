// Chance that can be repeated: the same seed and request number give the same choices.

export interface Random {
  /** An integer from 0 up to, and without, `below`. */
  below(below: number): number
  /** True once in `times`. */
  oneIn(times: number): boolean
  pick<Value>(values: readonly Value[]): Value
}

/** mulberry32 (public domain). Each request has its own sequence, so that one request can be repeated alone. */
export function createRandom(seed: number, requestNumber: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(requestNumber + 1, 0x85ebca6b)) >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick(values) {
      const value = values[below(values.length)]
      if (value === undefined) throw new RangeError('nothing to pick from')
      return value
    },
  }
}
