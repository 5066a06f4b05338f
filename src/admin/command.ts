// The shape of an administration command: its words, its options, and how it answers. commands.ts lists them.
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { UsageError } from './admin-error.ts'
import type { AdminRecords } from './open-records.ts'

export interface Option {
  readonly type: 'string' | 'boolean'
  /** The placeholder for its value in the help text. */
  readonly placeholder?: string
  readonly help: string
}

export interface Command {
  /** As it is typed: one word or two. */
  readonly name: string
  /** The names of its arguments, in capitals. */
  readonly operands: readonly string[]
  readonly summary: string
  /** Further lines of its help text. */
  readonly details?: string
  readonly options: Readonly<Record<string, Option>>
  run(call: Call): Promise<Answer>
}

export interface Call {
  /** As many as the command has. */
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly config: Config
  /** Opens the store, and confirms that it belongs to SESSION_SECRET. The frame closes it. */
  openRecords(options?: { isNew?: boolean }): Promise<AdminRecords>
  /** For audit events and warnings: one JSON line each on stderr. */
  readonly logger: Logger
  readonly now: () => number
}

/** A part of an answer to a person. The frame makes every text in it harmless to a terminal. */
export type Block =
  | string
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly fields: readonly (readonly [name: string, value: string])[] }

export interface Answer {
  /** For --json. */
  readonly json: unknown
  readonly blocks: readonly Block[]
}

/** Of every command. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'print JSON, for programs' },
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies Record<string, Option>

/** Of every command that changes what is stored. */
export const CHANGE_OPTIONS = {
  yes: { type: 'boolean', help: 'do it; without it, the command only says what it would do' },
} as const satisfies Record<string, Option>

const MOST_LISTED = 10_000

export const PAGE_OPTIONS = {
  limit: {
    type: 'string',
    placeholder: 'N',
    help: `list so many at most (50; up to ${MOST_LISTED})`,
  },
  after: {
    type: 'string',
    placeholder: 'KEY',
    help: 'go on after this key, which the page before ends with',
  },
} as const satisfies Record<string, Option>

export interface PageRequest {
  readonly limit: number
  readonly after: string | undefined
}

/** @throws UsageError */
export function readPageRequest({ options }: Pick<Call, 'options'>): PageRequest {
  const limit = textOption(options, 'limit') ?? '50'
  const isNumber = /^[1-9]\d{0,5}$/.test(limit) && Number(limit) <= MOST_LISTED
  if (!isNumber) throw new UsageError(`--limit must be a whole number from 1 to ${MOST_LISTED}`)
  return { limit: Number(limit), after: textOption(options, 'after') }
}

export function textOption(options: Call['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The frame has checked that there are as many operands as the command has. */
export function operandOf({ operands }: Pick<Call, 'operands'>, index = 0): string {
  return operands[index] ?? ''
}
