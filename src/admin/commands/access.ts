// `accounts disable|enable|revoke` and `sessions revoke`.
import type { AccessControl } from '../../domain/access/end-access.ts'
import { DRY_RUN, LIVES_ON, openAccessControl } from '../access-control.ts'
import { AdminError } from '../admin-error.ts'
import { type Call, CHANGE_OPTIONS, type Command, operandOf } from '../command.ts'
import { findAccount } from '../find-account.ts'
import { summarise } from './accounts.ts'

const REASON = 'admin'

/** A command that does one thing to one account. */
function createAccountCommand(
  command: Omit<Command, 'operands' | 'run'> & {
    /** The effect, after `would` and `did`. */
    readonly effect: (call: Call) => { readonly would: string; readonly did: string }
    readonly act: (access: AccessControl, sub: string, call: Call) => Promise<boolean>
    /** Whether a subject without an account will do. */
    readonly takesStrangers?: (call: Call) => boolean
  },
): Command {
  const { effect, act, takesStrangers = () => false, ...rest } = command
  return {
    ...rest,
    operands: ['ACCOUNT'],
    async run(call) {
      const records = await call.openRecords()
      const named = operandOf(call)
      const isStranger = takesStrangers(call)
      if (isStranger && (await records.listing.find('Account', named))) {
        throw new AdminError('the account has signed in: leave --new away')
      }
      const account = isStranger ? undefined : await findAccount(records, named)
      const sub = account?.value.sub ?? named
      const summary = account ? summarise(account, records, call.now()) : { subject: sub }
      const isDone = call.options['yes'] === true
      if (isDone && !(await act(openAccessControl(call, records), sub, call))) {
        throw new AdminError('the account is gone')
      }
      const { would, did } = effect(call)
      return {
        json: { ...summary, isDone },
        blocks: [
          { fields: Object.entries(summary).map(([name, value]) => [name, String(value ?? '-')]) },
          ...(isDone ? [did, LIVES_ON] : [would, DRY_RUN]),
        ],
      }
    },
  }
}

const disable = createAccountCommand({
  name: 'accounts disable',
  summary: 'end everything of an account, and refuse it until it is enabled',
  options: {
    ...CHANGE_OPTIONS,
    new: {
      type: 'boolean',
      help: 'ACCOUNT is the subject of somebody who has not signed in yet, exactly as typed',
    },
  },
  takesStrangers: (call) => call.options['new'] === true,
  effect: () => ({
    would:
      'This would end all grants and browser sessions of the account, and refuse it from now on.',
    did: 'The account is disabled. Its grants and browser sessions have ended.',
  }),
  act: (access, sub) =>
    access.endAccess({ sub, what: 'everything', disable: true, reason: REASON }),
})

const enable = createAccountCommand({
  name: 'accounts enable',
  summary: 'accept a disabled account again; what was ended stays ended',
  options: CHANGE_OPTIONS,
  effect: () => ({
    would: 'This would accept sign-ins of the account again.',
    did: 'Sign-ins of the account are accepted again. Access that was ended stays ended.',
  }),
  act: (access, sub) => access.enableAccount({ sub, reason: REASON }),
})

const revoke = createAccountCommand({
  name: 'accounts revoke',
  summary: 'end all grants and sessions of an account, which may sign in again',
  options: {
    ...CHANGE_OPTIONS,
    'keep-sessions': { type: 'boolean', help: 'end the grants alone: browsers stay signed in' },
  },
  effect: (call) => {
    const what = call.options['keep-sessions'] === true ? 'grants' : 'grants and browser sessions'
    return {
      would: `This would end all ${what} of the account, which may sign in again.`,
      did: `The ${what} of the account have ended. It may sign in again.`,
    }
  },
  act: (access, sub, call) => {
    const what = call.options['keep-sessions'] === true ? 'grants' : 'everything'
    return access.endAccess({ sub, what, reason: REASON })
  },
})

const revokeSessions = createAccountCommand({
  name: 'sessions revoke',
  summary: 'sign an account out in all browsers; its clients keep their tokens',
  options: CHANGE_OPTIONS,
  effect: () => ({
    would:
      'This would end all browser sessions of the account. Its clients would keep their tokens.',
    did: 'The browser sessions of the account have ended. Its clients keep their tokens.',
  }),
  act: (access, sub) => access.endAccess({ sub, what: 'sessions', reason: REASON }),
})

export const ACCESS_COMMANDS = [disable, enable, revoke]
export const SESSION_COMMANDS = [revokeSessions]
