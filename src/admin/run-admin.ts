// The frame of `npm run -s admin`: finds the command, gives it the settings and the store, prints its answer, and
// says by the exit code how it went.
import { type Config, ConfigError } from '../config/load.ts'
import { AppError, reasonOf } from '../errors.ts'
import { createLogger } from '../log.ts'
import { AdminError, UsageError } from './admin-error.ts'
import type { Answer, Call, Command } from './command.ts'
import { COMMANDS } from './commands.ts'
import { describeAll, describeCommand, describeGroup, usageOf } from './help.ts'
import { type AdminRecords, openAdminRecords } from './open-records.ts'
import { parseArguments } from './parse-arguments.ts'
import { formatBlocks, formatJson, neutralise, neutraliseJson } from './terminal-text.ts'

/** sysexits.h EX_CONFIG, like the server */
const EXIT_CONFIG = 78
const EXIT_USAGE = 2
const EXIT_FAILED = 1

export interface AdminSurroundings {
  /** The arguments after `admin`. */
  readonly args: readonly string[]
  /** @throws ConfigError */
  readonly loadConfig: () => Config
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly now?: () => number
}

/** Never rejects for a fault of the operator, the settings or the store. @returns the exit code */
export async function runAdmin(surroundings: AdminSurroundings): Promise<number> {
  const { args, stdout, stderr } = surroundings
  const complain = (message: string, code: number): number => {
    stderr(`admin: ${message.split('\n').map(neutralise).join('\n  ')}\n`)
    return code
  }
  try {
    const command = findCommand(args)
    if (typeof command === 'string') {
      stdout(command)
      return 0
    }
    const { values, positionals } = parseArguments(command, args)
    if (values['help'] === true) {
      stdout(describeCommand(command))
      return 0
    }
    requireOperands(command, positionals)
    const answer = await carryOut(command, positionals, values, surroundings)
    stdout(values['json'] === true ? formatJson(answer) : formatBlocks(answer))
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      return complain(`${error.message}\nSee: npm run -s admin -- --help`, EXIT_USAGE)
    }
    if (error instanceof ConfigError) {
      return complain([`${error.message}.`, ...error.faults].join('\n'), EXIT_CONFIG)
    }
    if (error instanceof AppError) {
      return complain(`the store cannot be used: ${reasonOf(error)}`, EXIT_FAILED)
    }
    if (error instanceof AdminError) return complain(error.message, EXIT_FAILED)
    throw error
  }
}

/** @returns the help text if none is named */
function findCommand(args: readonly string[]): Command | string {
  const words = args.slice(0, args.findIndex((arg) => arg.startsWith('-')) >>> 0)
  const [first = '', second = ''] = words
  const named = COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`)
  if (named) return named
  const isHelp = args.includes('--help') || args.includes('-h')
  if (first === 'help' || (first === '' && (isHelp || args.length === 0)))
    return describeAll(COMMANDS)
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
  if (first !== '' && group.length > 0) {
    const text = describeGroup(first, group)
    if (isHelp || second === '') return text
    throw new UsageError(`there is no command "${first} ${second}"\n${text.trimEnd()}`)
  }
  throw new UsageError(`there is no command "${first}"`)
}

function requireOperands(command: Command, given: readonly string[]): void {
  if (given.length === command.operands.length && !given.includes('')) return
  throw new UsageError(`use: ${usageOf(command)}`)
}

async function carryOut(
  command: Command,
  operands: readonly string[],
  options: Call['options'],
  surroundings: AdminSurroundings,
): Promise<Answer> {
  const { loadConfig, stderr, now = Date.now } = surroundings
  const config = loadConfig()
  const destination = { write: (line: string) => stderr(neutraliseJson(line)) }
  // Whatever LOG_LEVEL says: who silences the server still has to know what was changed.
  const logger = createLogger({ level: 'info', destination })
  let records: Promise<AdminRecords> | undefined
  try {
    return await command.run({
      operands,
      options,
      config,
      logger,
      now,
      openRecords(options) {
        records ??= openAdminRecords({ config, logger, now, ...options })
        return records
      },
    })
  } finally {
    await (await records?.catch(() => undefined))?.close()
  }
}
