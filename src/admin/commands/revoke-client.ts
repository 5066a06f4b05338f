// `clients revoke`: ends every grant of a client, and removes what the store has of it.
import { DRY_RUN, LIVES_ON, openAccessControl } from '../access-control.ts'
import { AdminError } from '../admin-error.ts'
import { CHANGE_OPTIONS, type Command, operandOf } from '../command.ts'
import { findGrants } from '../find-grants.ts'
import { Unreadable } from '../page.ts'
import { findClient, type ShownClient } from './clients.ts'

/** The things that the command does not end. */
const STAYS: Readonly<Record<ShownClient['source'], string>> = {
  registered: 'The client may register again: see registration.mode in the configuration file.',
  document:
    'The client may ask people again: see clientDocuments.allowedHosts in the configuration file.',
  configured: 'The client may ask people again, until you remove it from the configuration file.',
}

const revoke: Command = {
  name: 'clients revoke',
  operands: ['CLIENT_ID'],
  summary: 'end all grants of a client, and remove its registration',
  details: `A server that runs may know the registration for another minute, but none of its tokens.`,
  options: CHANGE_OPTIONS,
  async run(call) {
    const clientId = operandOf(call)
    const records = await call.openRecords()
    const { stores } = records
    const nowMs = call.now()
    const find = findClient(clientId, { configured: call.config.clients, records, nowMs })
    const client = await find.catch((error: unknown) => {
      if (error instanceof AdminError) return error
      throw error
    })
    const isDone = call.options['yes'] === true
    const source = client instanceof AdminError ? undefined : client.source
    // First, so that fewer grants are made meanwhile.
    if (isDone && source === 'registered') await stores.registrations.remove(clientId)
    if (isDone && source === 'document') await stores.clientDocuments.remove(clientId)

    const access = openAccessControl(call, records)
    const unreadable = new Unreadable()
    const filter = { sub: undefined, clientId }
    let grants = 0
    for await (const { account: sub, grant } of findGrants(records, {
      filter,
      unreadable,
      nowMs,
    })) {
      grants += 1
      if (isDone) await access.endGrant({ sub, grant, reason: 'admin' })
    }
    if (client instanceof AdminError && grants === 0) throw client
    if (isDone)
      call.logger.warn({ audit: 'client_revoked', clientId, source, grants }, 'client revoked')
    const shown = {
      clientId,
      name: client instanceof AdminError ? null : client.name,
      source,
      grants,
    }
    return {
      json: { ...shown, isDone },
      blocks: [
        { fields: Object.entries(shown).map(([name, value]) => [name, String(value ?? '-')]) },
        ...(isDone
          ? [`The client has lost ${grants} grants.`, LIVES_ON]
          : [`This would end ${grants} grants of the client.`, DRY_RUN]),
        ...(source === undefined ? [] : [STAYS[source]]),
        ...unreadable.describe(),
      ],
    }
  },
}

export const REVOKE_CLIENT_COMMANDS = [revoke]
