// The arguments of a command. Client ids, references and keys may begin with a dash, and are no options for that.
import { parseArgs } from 'node:util'
import { UsageError } from './admin-error.ts'
import { type Call, COMMON_OPTIONS, type Command, type Option } from './command.ts'

/** @param args begins with the words of the command @throws UsageError */
export function parseArguments(
  command: Command,
  args: readonly string[],
): { readonly values: Call['options']; readonly positionals: readonly string[] } {
  const options: Readonly<Record<string, Option>> = { ...command.options, ...COMMON_OPTIONS }
  const types = Object.entries(options).map(([name, { type }]) => [name, { type }] as const)
  const isOption = (arg: string): boolean => Object.hasOwn(options, nameOf(arg))
  const takesValue = (arg: string): boolean =>
    arg.startsWith('--') && !arg.includes('=') && options[arg.slice(2)]?.type === 'string'

  const [...rest] = args.slice(command.name.split(' ').length)
  const operands: string[] = []
  while (operands.length < command.operands.length && rest[0] !== undefined && !isOption(rest[0])) {
    operands.push(rest.shift() ?? '')
  }
  const others: string[] = []
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    others.push(takesValue(arg) && rest.length > 0 ? `${arg}=${rest.shift()}` : arg)
  }
  try {
    const parsed = parseArgs({
      args: others,
      options: Object.fromEntries(types),
      allowPositionals: true,
    })
    return { values: parsed.values, positionals: [...operands, ...parsed.positionals] }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Of an option as it is typed: `--name` or `--name=value`. */
function nameOf(arg: string): string {
  return arg.startsWith('--') ? (arg.slice(2).split('=')[0] ?? '') : ''
}
