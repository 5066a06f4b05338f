// A store whose commands fail when a test says so: before they happened, or after, when whoever asked
// can't know.
import { AppError } from '../../src/errors.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'

export type Failure = 'before' | 'after'

export interface FailingStore {
  readonly store: Store
  /** How many commands there were since `failAt`. */
  readonly commands: number
  /** The n-th command from now, counted from 0, and all that follow fail. */
  failAt(n: number, failure: Failure): void
  recover(): void
}

export async function openFailingStore(): Promise<FailingStore> {
  const store = await openStore({ url: 'memory:' })
  let commands = 0
  let failsAt = Number.POSITIVE_INFINITY
  let failure: Failure = 'before'

  async function run<T>(command: () => Promise<T>): Promise<T> {
    const n = commands
    commands += 1
    if (n < failsAt) return command()
    // From the first failure on it is away: only that one may have happened.
    if (n === failsAt && failure === 'after') await command()
    throw new AppError('store_unavailable', { cause: new Error('the test says so') })
  }

  return {
    store: {
      ...store,
      get: (key) => run(() => store.get(key)),
      set: (key, value, ttl) => run(() => store.set(key, value, ttl)),
      delete: (key) => run(() => store.delete(key)),
      swap: (key, expected, next, ttl) => run(() => store.swap(key, expected, next, ttl)),
      take: (key) => run(() => store.take(key)),
      ping: () => run(() => store.ping()),
    },
    get commands() {
      return commands
    },
    failAt(n, how) {
      commands = 0
      failsAt = n
      failure = how
    },
    recover() {
      failsAt = Number.POSITIVE_INFINITY
    },
  }
}

/** More than any request sends. */
const MOST_COMMANDS = 30
const MOST_TRIES = 5

/** Asks with a failure at the first command, at the second, and so on, until none is left to fail. */
export async function failAtEachCommand<Prepared, Answer>(
  failing: FailingStore,
  failure: Failure,
  steps: {
    prepare: () => Promise<Prepared>
    ask: (prepared: Prepared) => Promise<Answer>
    /** False: the failure has met what an earlier request left to be done, and is tried again. */
    isAffected?: (answer: Answer) => boolean
    /** With the store back. @param when for messages */
    check: (answer: Answer, prepared: Prepared, when: string) => Promise<void> | void
  },
): Promise<void> {
  const { isAffected = () => true } = steps
  for (let n = 0, tries = 1; n < MOST_COMMANDS; n += 1) {
    const prepared = await steps.prepare()
    failing.failAt(n, failure)
    const answer = await steps.ask(prepared).finally(() => failing.recover())
    if (failing.commands <= n) {
      if (n === 0) throw new Error('it asks the store for nothing')
      return
    }
    if (!isAffected(answer) && tries < MOST_TRIES) {
      tries += 1
      n -= 1
      continue
    }
    tries = 1
    await steps.check(answer, prepared, `${failure} command ${n + 1}`)
  }
  throw new Error('the commands have no end')
}
