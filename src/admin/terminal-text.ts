// Text for a terminal. Names of clients and people come from strangers: a control character in one could rewrite the
// screen, and one that changes the direction of writing could disguise a name.
import type { Answer, Block } from './command.ts'

/** Controls, format characters such as the bidirectional ones, line separators, and halves of characters. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** Those that JSON.stringify leaves as they are. */
const DANGEROUS_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu
/** Of a cell of a table. */
const MOST_CHARACTERS = 64

export function neutralise(text: string): string {
  return text.replace(DANGEROUS, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The same for text that is JSON, which stays as it is for whoever parses it. */
export function neutraliseJson(json: string): string {
  return json.replace(DANGEROUS_IN_JSON, (found) =>
    [...Array(found.length).keys()]
      .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

export function formatJson({ json }: Pick<Answer, 'json'>): string {
  return `${neutraliseJson(JSON.stringify(json, null, 2))}\n`
}

export function formatBlocks({ blocks }: Pick<Answer, 'blocks'>): string {
  return blocks.map((block) => `${formatBlock(block)}\n`).join('')
}

function formatBlock(block: Block): string {
  if (typeof block === 'string') return neutralise(block)
  if ('fields' in block) {
    return alignColumns(block.fields.map(([name, value]) => [name, neutralise(value)]))
  }
  return alignColumns([block.columns, ...block.rows.map((row) => row.map(cellOf))])
}

function cellOf(text: string): string {
  const characters = [...neutralise(text)]
  if (characters.length <= MOST_CHARACTERS) return characters.join('') || '-'
  return `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? '')].length)),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  '),
  )
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** @param ms since the epoch */
export function formatTime(ms: number | undefined): string {
  return ms === undefined ? '-' : `${new Date(ms).toISOString().slice(0, 19)}Z`
}
