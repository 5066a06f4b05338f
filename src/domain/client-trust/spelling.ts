// How people read a name: without its alphabet, accents, case and separators. After the idea of a skeleton in Unicode
// Technical Standard 39, for Latin names only (docs/adr/0038-names-that-imitate.md).
import { readLetter } from './look-alikes.ts'

/** A name as words. */
export interface Spelling {
  /** As written, in lower case: equal only if the same letters are used. */
  readonly written: readonly string[]
  /** As read: equal also if look-alikes are used. */
  readonly read: readonly string[]
}

/** A name of a stranger may have any length; nobody reads more. */
const MAX_CHARACTERS = 200

const INVISIBLE = /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu
const EMOJI = /\p{So}\uFE0F?/gu
const OTHER = /[^\p{L}\p{N}]/gu
const SEPARATOR = /[\p{P}\p{Z}\s]+/u
/** Two words without a space, as in `ClaudeCode`. */
const CAMEL = /(?<=\p{Ll})(?=\p{Lu})/u

/** Words that tell nothing about whose client it is. */
const GENERIC: ReadonlySet<string> = new Set(
  'app cli client connector desktop inc llc ltd mcp mobile official the verified web'
    .split(' ')
    .map(readWord),
)

export function spell(name: string): Spelling {
  const text = name.slice(0, MAX_CHARACTERS).normalize('NFC')
  const resolved = text.normalize('NFKD').replaceAll(/\s/g, ' ').replace(INVISIBLE, '')
  return {
    written: split(text.replaceAll(EMOJI, '')).map((word) => word.toLowerCase()),
    read: split(resolved).map(readWord),
  }
}

/** The words that tell something. */
function split(text: string): string[] {
  const words = text.split(SEPARATOR).filter((word) => !GENERIC.has(readWord(word)))
  return words.flatMap((word) => word.split(CAMEL)).filter((word) => word !== '')
}

function readWord(word: string): string {
  const letters = [...word].map(readCharacter).join('')
  // Two letters that look like one.
  const plain = letters.replace(OTHER, '').replaceAll('i', 'l')
  return plain.replaceAll('rn', 'm').replaceAll('vv', 'w')
}

function readCharacter(character: string): string {
  const lower = character.toLowerCase()
  return readLetter(character) ?? readLetter(lower) ?? lower
}

/** Whether `words` spell the same as `others`, whatever their spaces. */
export function isSame(words: readonly string[], others: readonly string[]): boolean {
  return others.length > 0 && words.join('') === others.join('')
}

/** Whether the first of `words` spell the same as all of `others`. */
export function beginsWith(words: readonly string[], others: readonly string[]): boolean {
  return words.some((_, index) => isSame(words.slice(0, index + 1), others))
}
