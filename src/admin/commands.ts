// Every command, in the order of the help text.
import type { Command } from './command.ts'
import { ACCESS_COMMANDS, SESSION_COMMANDS } from './commands/access.ts'
import { ACCOUNT_COMMANDS } from './commands/accounts.ts'
import { CLIENT_COMMANDS } from './commands/clients.ts'
import { GRANT_COMMANDS } from './commands/grants.ts'
import { POLICY_COMMANDS } from './commands/policy.ts'
import { REVOKE_CLIENT_COMMANDS } from './commands/revoke-client.ts'
import { STATS_COMMANDS } from './commands/stats.ts'
import { TRANSFER_COMMANDS } from './commands/transfer.ts'

export const COMMANDS: readonly Command[] = [
  ...ACCOUNT_COMMANDS,
  ...ACCESS_COMMANDS,
  ...SESSION_COMMANDS,
  ...GRANT_COMMANDS,
  ...CLIENT_COMMANDS,
  ...REVOKE_CLIENT_COMMANDS,
  ...POLICY_COMMANDS,
  ...STATS_COMMANDS,
  ...TRANSFER_COMMANDS,
]
