// A store whose commands fail when a test says so: before the command takes effect, or after it, so that
// the caller cannot know.
import { AppError } from '../../src/errors.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'

export type Failure = 'before' | 'after'

export interface FailingStore {
  readonly store: Store
  /** The number of commands since `failAt`. */
  readonly commands: number
  /** Makes the n-th command from now, counted from 0, and all later ones fail. */
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
    // The store stays away after the first failure: only the first failed command may take effect.
    if (n === failsAt && failure === 'after') await command()
    throw new AppError('store_unavailable', { cause: new Error('failed by the test') })
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

/** More commands than any request sends. */
const MOST_COMMANDS = 30
const MOST_TRIES = 5

/** Repeats a request with a failure at its first command, its second, and so on to its last. */
export async function failAtEachCommand<Prepared, Answer>(
  failing: FailingStore,
  failure: Failure,
  steps: {
    prepare: () => Promise<Prepared>
    ask: (prepared: Prepared) => Promise<Answer>
    /**
     * False if the failure only hit work that an earlier request had left undone; the request is then
     * repeated.
     */
    isAffected?: (answer: Answer) => boolean
    /** Called after the store has recovered. @param when the point of failure, for messages */
    check: (answer: Answer, prepared: Prepared, when: string) => Promise<void> | void
  },
): Promise<void> {
  const { isAffected = () => true } = steps
  for (let n = 0, tries = 1; n < MOST_COMMANDS; n += 1) {
    const prepared = await steps.prepare()
    failing.failAt(n, failure)
    const answer = await steps.ask(prepared).finally(() => failing.recover())
    if (failing.commands <= n) {
      if (n === 0) throw new Error('the request sends no command to the store')
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
  throw new Error(`the request sends more than ${MOST_COMMANDS} commands`)
}
