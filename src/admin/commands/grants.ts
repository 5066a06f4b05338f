// `grants list` and `grants revoke`.
import { DRY_RUN, LIVES_ON, openAccessControl } from '../access-control.ts'
import { AdminError } from '../admin-error.ts'
import {
  CHANGE_OPTIONS,
  type Command,
  operandOf,
  PAGE_OPTIONS,
  readPageRequest,
  textOption,
} from '../command.ts'
import { findAccount } from '../find-account.ts'
import { type FoundGrant, findGrant, findGrants } from '../find-grants.ts'
import type { AdminRecords } from '../open-records.ts'
import { describeNext, selectPage, Unreadable } from '../page.ts'
import { formatTime } from '../terminal-text.ts'

async function withLastUse(grant: FoundGrant, { stores }: Pick<AdminRecords, 'stores'>) {
  const use = await stores.families.findUse(grant.grant)
  const lastUsed = use?.lastUsedAt
  return { ...grant, lastUsedAt: lastUsed === undefined ? null : formatTime(lastUsed * 1000) }
}

const list: Command = {
  name: 'grants list',
  operands: [],
  summary: 'list what people have let clients do',
  details: `Each page reads all grants. A grant is last used when its tokens were last refreshed.`,
  options: {
    ...PAGE_OPTIONS,
    account: {
      type: 'string',
      placeholder: 'ACCOUNT',
      help: 'of this subject or e-mail address only',
    },
    client: { type: 'string', placeholder: 'CLIENT_ID', help: 'of this client only' },
  },
  async run(call) {
    const page = readPageRequest(call)
    const records = await call.openRecords()
    const account = textOption(call.options, 'account')
    const filter = {
      sub: account === undefined ? undefined : (await findAccount(records, account)).value.sub,
      clientId: textOption(call.options, 'client'),
    }
    const unreadable = new Unreadable()
    async function* found() {
      const grants = findGrants(records, { filter, unreadable, nowMs: call.now() })
      for await (const grant of grants) yield [grant.grant, grant] as const
    }
    const { items, next } = await selectPage(found(), page)
    const grants = await Promise.all(items.map((grant) => withLastUse(grant, records)))
    return {
      json: { grants, next: next ?? null, notListed: { ...unreadable } },
      blocks: [
        {
          columns: ['GRANT', 'ACCOUNT', 'CLIENT', 'RESOURCE', 'SCOPES', 'SINCE', 'LAST USED'],
          rows: grants.map(({ grant, account, clientId, resources, scopes, since, lastUsedAt }) => [
            grant,
            account,
            clientId,
            resources.join(' '),
            scopes.join(' '),
            since ?? '-',
            lastUsedAt ?? '-',
          ]),
        },
        ...describeNext({ items, next }),
        ...unreadable.describe(),
      ],
    }
  },
}

const revoke: Command = {
  name: 'grants revoke',
  operands: ['GRANT'],
  summary: 'end one grant: its client has to ask again',
  details: `GRANT is as \`grants list\` shows it, and as the audit events name it.`,
  options: CHANGE_OPTIONS,
  async run(call) {
    const records = await call.openRecords()
    const grant = await findGrant(records, operandOf(call), call.now())
    if (!grant) throw new AdminError(`there is no live grant ${operandOf(call)}`)
    const isDone = call.options['yes'] === true
    if (isDone) {
      const { account: sub, grant: reference } = grant
      const access = openAccessControl(call, records)
      await access.endGrant({ sub, grant: reference, reason: 'admin' })
    }
    return {
      json: { ...grant, isDone },
      blocks: [
        { fields: Object.entries(grant).map(([name, value]) => [name, String(value ?? '-')]) },
        ...(isDone ? ['The grant has ended.', LIVES_ON] : ['This would end the grant.', DRY_RUN]),
      ],
    }
  },
}

export const GRANT_COMMANDS = [list, revoke]
