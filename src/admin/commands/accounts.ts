// `accounts list` and `accounts show`.
import type { StoredAccount } from '../../records/record-values.ts'
import { type Command, operandOf, PAGE_OPTIONS, readPageRequest } from '../command.ts'
import { emailOf, type FoundAccount, findAccount } from '../find-account.ts'
import type { AdminRecords } from '../open-records.ts'
import { describeNext, selectPage, Unreadable } from '../page.ts'
import { formatTime } from '../terminal-text.ts'

/** Without the claims, which `show` has. */
export function summarise(
  { value, ttlMs }: FoundAccount,
  { stores }: Pick<AdminRecords, 'stores'>,
  nowMs: number,
) {
  const email = emailOf(value)
  return {
    subject: value.sub,
    email: email?.address ?? null,
    emailVerified: email?.isVerified ?? null,
    name: typeof value.claims['name'] === 'string' ? value.claims['name'] : null,
    state: stateOf(value),
    checkedAt: value.checkedAtMs === undefined ? null : formatTime(value.checkedAtMs),
    expiresAt: formatTime(nowMs + ttlMs),
    reference: stores.referToAccount(value.sub),
  }
}

function stateOf({ disabledAt }: StoredAccount): 'active' | 'disabled' {
  return disabledAt === undefined ? 'active' : 'disabled'
}

const list: Command = {
  name: 'accounts list',
  operands: [],
  summary: 'list the people who have signed in',
  details: `Each page reads all accounts: they have no order and no index in the store.`,
  options: {
    ...PAGE_OPTIONS,
    disabled: { type: 'boolean', help: 'list disabled accounts only' },
  },
  async run(call) {
    const page = readPageRequest(call)
    const records = await call.openRecords()
    const { listing } = records
    const unreadable = new Unreadable()
    async function* matching() {
      for await (const record of unreadable.skip(listing.list('Account'))) {
        const item = summarise(record, records, call.now())
        if (call.options['disabled'] !== true || item.state === 'disabled') {
          yield [record.hash, item] as const
        }
      }
    }
    const { items, next } = await selectPage(matching(), page)
    return {
      json: { accounts: items, next: next ?? null, notListed: { ...unreadable } },
      blocks: [
        {
          columns: ['SUBJECT', 'E-MAIL', 'NAME', 'STATE', 'LAST CHECKED', 'EXPIRES'],
          rows: items.map(
            ({ subject, email, emailVerified, name, state, checkedAt, expiresAt }) => [
              subject,
              email === null || emailVerified ? (email ?? '-') : `${email} (unverified)`,
              name ?? '-',
              state,
              checkedAt ?? '-',
              expiresAt,
            ],
          ),
        },
        ...describeNext({ items, next }),
        ...unreadable.describe(),
      ],
    }
  },
}

const show: Command = {
  name: 'accounts show',
  operands: ['ACCOUNT'],
  summary: 'show one account: a subject, or an e-mail address',
  options: {},
  async run(call) {
    const records = await call.openRecords()
    const account = await findAccount(records, operandOf(call))
    const summary = summarise(account, records, call.now())
    const { claims, accessClaims = {}, disabledAt } = account.value
    const disabled = disabledAt === undefined ? null : formatTime(disabledAt * 1000)
    return {
      json: { ...summary, disabledAt: disabled, claims, accessClaims },
      blocks: [
        {
          fields: [
            ['subject', summary.subject],
            ['e-mail', summary.email ?? '-'],
            ['verified', summary.emailVerified ? 'yes' : 'no'],
            ['state', disabled === null ? 'active' : `disabled since ${disabled}`],
            ['last checked', summary.checkedAt ?? '-'],
            ['expires', summary.expiresAt],
            ['in the log', summary.reference],
            ...Object.entries(claims).map(
              ([name, value]) => [`claim ${name}`, textOf(value)] as const,
            ),
            ...Object.entries(accessClaims).map(
              ([name, value]) => [`access claim ${name}`, textOf(value)] as const,
            ),
          ],
        },
      ],
    }
  },
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

export const ACCOUNT_COMMANDS = [list, show]
