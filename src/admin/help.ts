// The help texts: of all commands, of a group, and of one command.
import { COMMON_OPTIONS, type Command, type Option } from './command.ts'

const CALL = 'npm run -s admin --'

const INTRODUCTION = `Administration of mcp-oidc-server, over the same settings and store as the server.
A server may run meanwhile, and need not. Run it as the user that the server runs as.
`

const EPILOGUE = `
Commands that change what is stored only say what they would do, unless you add --yes.
Each change is one line of JSON on stderr, with "audit". Exit codes: 0 done, 1 failed,
2 wrong usage, 78 wrong settings. More: ${CALL} COMMAND --help, and docs/administration.md
`

export function describeAll(commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const)
  return `${INTRODUCTION}\n  ${CALL} COMMAND\n\n${indent(rows)}${EPILOGUE}`
}

/** @param words the first word of several commands */
export function describeGroup(words: string, commands: readonly Command[]): string {
  const rows = commands.map((command) => [usageOf(command), command.summary] as const)
  return `${words}:\n\n${indent(rows)}`
}

export function describeCommand(command: Command): string {
  const options: Readonly<Record<string, Option>> = { ...command.options, ...COMMON_OPTIONS }
  const rows = Object.entries(options).map(
    ([name, { placeholder, help }]) =>
      [`--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`, help] as const,
  )
  const details = command.details === undefined ? '' : `\n${command.details}\n`
  return `${command.summary}\n\n  ${CALL} ${usageOf(command)}\n${details}\n${indent(rows)}`
}

export function usageOf({ name, operands }: Command): string {
  return [name, ...operands].join(' ')
}

function indent(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}
