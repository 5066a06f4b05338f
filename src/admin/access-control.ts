// The use cases behind the kill switches, with the audit events of the server.
import { type AccessControl, createAccessControl } from '../domain/access/end-access.ts'
import type { Call } from './command.ts'
import type { AdminRecords } from './open-records.ts'

export function openAccessControl(
  { logger, now }: Pick<Call, 'logger' | 'now'>,
  { stores }: Pick<AdminRecords, 'stores'>,
): AccessControl {
  const onEvent = (event: object): void => logger.warn(event, 'access changed')
  return createAccessControl({ ...stores, onEvent, now })
}

/** The answer of a command without `--yes`. */
export const DRY_RUN = 'Nothing was changed. To do it, add --yes.'

export const LIVES_ON =
  'Access tokens that are out are accepted until they expire by MCP servers that only use /jwks.'
