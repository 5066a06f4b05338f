// Every command, in the order of the help text.
import type { Command } from './command.ts'
import { ACCOUNT_COMMANDS } from './commands/accounts.ts'
import { CLIENT_COMMANDS } from './commands/clients.ts'
import { STATS_COMMANDS } from './commands/stats.ts'
import { TRANSFER_COMMANDS } from './commands/transfer.ts'

export const COMMANDS: readonly Command[] = [
  ...ACCOUNT_COMMANDS,
  ...CLIENT_COMMANDS,
  ...STATS_COMMANDS,
  ...TRANSFER_COMMANDS,
]
