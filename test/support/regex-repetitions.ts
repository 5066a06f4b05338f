// Reads the source of a regular expression: where it repeats something, what it repeats, and text that leads there.

export interface Repetition {
  /** Matches what comes before the repetition. */
  readonly beginning: string
  /** Matches what is repeated, once. */
  readonly unit: string
}

interface Part {
  /** Texts that match it once, in each of its alternatives; '' for an assertion. */
  readonly samples: readonly string[]
  /** The alternatives of a group. */
  readonly alternatives: readonly (readonly Part[])[]
  readonly isOptional: boolean
  readonly isRepeated: boolean
}

const GROUP = String.raw`\((?:\?(?:<?[=!]|<\w+>|[\w-]*:))?`
const QUANTIFIER = String.raw`(?:[*+?]|\{\d+(?:,\d*)?\})\??`
const ASSERTION = String.raw`[\^$]|\\[bB]|\\[1-9]|\\k<\w+>`
const ATOM = String.raw`\\[pP]\{[^}]*\}|\[(?:\\.|[^\]\\])*\]|\\u\{?[\dA-F]{4,}\}?|\\x[\dA-F]{2}|\\.|.`
const TOKEN = new RegExp(`${GROUP}|${QUANTIFIER}|${ASSERTION}|[|)]|${ATOM}`, 'gsi')

const is = (pattern: string, token: string) => new RegExp(`^(?:${pattern})$`, 'si').test(token)

/** @param sampleOf finds a character that an atom, such as `[a-z]`, matches */
export function findRepetitions(source: string, sampleOf: (atom: string) => string): Repetition[] {
  const tokens = source.match(TOKEN) ?? []
  let at = 0

  function parseAlternatives(): Part[][] {
    const alternatives: Part[][] = [[]]
    for (; at < tokens.length && tokens[at] !== ')'; at += 1) {
      if (tokens[at] === '|') alternatives.push([])
      else alternatives.at(-1)?.push(parsePart(tokens[at] ?? ''))
    }
    return alternatives
  }

  function parsePart(token: string): Part {
    const isGroup = is(GROUP, token)
    if (isGroup) at += 1
    const alternatives = isGroup ? parseAlternatives() : []
    const isAssertion = is(ASSERTION, token) || /^\(\?<?[=!]/.test(token)
    const matched = isGroup ? alternatives.map(textOf) : [sampleOf(token)]
    const next = tokens[at + 1] ?? ''
    const quantifier = is(QUANTIFIER, next) ? next : ''
    if (quantifier !== '') at += 1
    return {
      samples: isAssertion ? [''] : matched,
      alternatives,
      isOptional: /^(?:[*?]|\{0)/.test(quantifier),
      isRepeated: /^[*+{]/.test(quantifier),
    }
  }

  return [...walk(parseAlternatives(), [''])]
}

const textOf = (parts: readonly Part[]) => parts.map(({ samples: [text = ''] }) => text).join('')

function* walk(
  alternatives: readonly (readonly Part[])[],
  beginnings: readonly string[],
): Generator<Repetition> {
  for (const parts of alternatives) {
    let before = beginnings
    for (const part of parts) {
      yield* walk(part.alternatives, before)
      for (const unit of part.isRepeated ? part.samples : []) {
        if (unit !== '') yield* before.map((beginning) => ({ beginning, unit }))
      }
      before = follow(before, part)
    }
  }
}

/** The shortest and the longest: without and with the optional parts. */
function follow(beginnings: readonly string[], { samples, isOptional }: Part): string[] {
  const [text = ''] = samples
  const [shortest = '', longest = shortest] = beginnings
  return [...new Set([isOptional ? shortest : shortest + text, longest + text])]
}
