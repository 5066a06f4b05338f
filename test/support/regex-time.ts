// Looks for input that makes a regular expression take more than linear time. The input is built from the
// expression itself: a beginning that leads to one of its repetitions, then one or two characters or the repeated
// part over and over, then an end that does not match. Times are only compared with each other, so that a slow
// machine gives the same result.
import { findRepetitions, type Repetition } from './regex-repetitions.ts'

/** Each step is short enough for an expression whose time the step before has shown to be linear. */
const LENGTHS = [8, 16, 32, 128, 512, 2048, 8192]
/** Time may grow by this power of the growth in length: 1 is linear, 2 quadratic. */
const MAX_POWER = 1.5
/** Shorter times are noise. */
const MEASURABLE_MS = 0.05
const MAX_CHARACTERS = 10

const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
const CANDIDATES = [...PRINTABLE, '\n', 'é', '\u0301', '\uFEFF']

export interface Input {
  readonly beginning: string
  readonly repeated: string
  readonly end: string
}

function createMatcher(atom: string, flags: string): (character: string) => boolean {
  const pattern = new RegExp(`^${atom}$`, flags.replace(/[gy]/g, ''))
  return (character) => pattern.test(character)
}

function* inputsFor({ source, flags }: RegExp): Generator<Input> {
  const matchers = new Map<string, (character: string) => boolean>()
  const sampleOf = (atom: string): string => {
    const matches = matchers.get(atom) ?? createMatcher(atom, flags)
    matchers.set(atom, matches)
    return CANDIDATES.find(matches) ?? ''
  }
  const repetitions = findRepetitions(source, sampleOf)
  // One character for each set of atoms that match the same characters.
  const kinds = Map.groupBy(CANDIDATES, (character) =>
    [...matchers.values()].map((isMatch) => Number(isMatch(character))).join(''),
  )
  const characters = [...kinds]
    .toSorted(([a], [b]) => Number(b.includes('1')) - Number(a.includes('1')))
    .flatMap(([, [character = '']]) => character)
    .slice(0, MAX_CHARACTERS)
  const pairs = characters.flatMap((first) => characters.map((second) => first + second))
  const units = Map.groupBy(repetitions, ({ beginning }: Repetition) => beginning)
  for (const [beginning, repeatedHere] of units) {
    for (const repeated of new Set([...repeatedHere.map(({ unit }) => unit), ...pairs])) {
      for (const end of ['', '\n\0']) yield { beginning, repeated, end }
    }
  }
}

/** The shortest of several runs, since other processes interrupt some. */
function time(pattern: RegExp, { beginning, repeated, end }: Input, length: number, runs: number) {
  const text = beginning + repeated.repeat(Math.ceil(length / repeated.length)) + end
  let shortest = Number.POSITIVE_INFINITY
  for (let left = runs; left > 0; left -= 1) {
    const startedAt = performance.now()
    text.replace(pattern, '')
    shortest = Math.min(shortest, performance.now() - startedAt)
  }
  return shortest
}

function isSuperlinear(pattern: RegExp, input: Input): boolean {
  let [shorter = 0] = LENGTHS
  for (const length of LENGTHS.slice(1)) {
    const maxGrowth = (length / shorter) ** MAX_POWER
    const growsTooFast = (runs: number) => {
      const longerMs = time(pattern, input, length, runs)
      return (
        longerMs > MEASURABLE_MS && longerMs > maxGrowth * time(pattern, input, shorter, 4 * runs)
      )
    }
    if (growsTooFast(1) && growsTooFast(3) && growsTooFast(8)) return true
    shorter = length
  }
  return false
}

/** Undefined: none was found. */
export function findSuperlinearInput(pattern: RegExp): Input | undefined {
  // From every position, as `split` and `replaceAll` do.
  const everywhere = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`)
  return inputsFor(pattern).find((input) => isSuperlinear(everywhere, input))
}
