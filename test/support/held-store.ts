// A store whose next command on a kind of record waits, or times out, until the test lets it happen.
import { AppError } from '../../src/errors.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'

interface HeldCommand {
  /** Resolves when the server has sent the command. */
  readonly sent: Promise<void>
  /** Carries the command out. Resolves when it is done. */
  release(): Promise<void>
}

export interface HeldStore {
  readonly store: Store
  /** The next read of a `kind` record waits. */
  holdRead(kind: string): HeldCommand
  /** The next compare-and-set of a `kind` record times out at once, but happens on release. */
  loseSwap(kind: string): HeldCommand
}

export async function openHeldStore(): Promise<HeldStore> {
  const store = await openStore({ url: 'memory:' })

  /** Runs each command, except that the next one on a kind of record can be held. */
  function createGate(isLost: boolean) {
    const next = new Map<string, { sent(): void; done(): void; readonly released: Promise<void> }>()
    return {
      hold(kind: string): HeldCommand {
        const sent = Promise.withResolvers<void>()
        const released = Promise.withResolvers<void>()
        const done = Promise.withResolvers<void>()
        next.set(kind, { sent: sent.resolve, done: done.resolve, released: released.promise })
        return {
          sent: sent.promise,
          release() {
            released.resolve()
            return done.promise
          },
        }
      },
      async pass<T>(key: string, command: () => Promise<T>): Promise<T> {
        const kind = key.split(':')[1] ?? ''
        const held = next.get(kind)
        if (!held) return command()
        next.delete(kind)
        held.sent()
        const outcome = held.released.then(command).finally(held.done)
        if (!isLost) return outcome
        throw new AppError('store_unavailable', { cause: new Error('timed out by the test') })
      },
    }
  }

  const reads = createGate(false)
  const swaps = createGate(true)
  return {
    store: {
      ...store,
      get: (key) => reads.pass(key, () => store.get(key)),
      swap: (key, expected, next, ttl) =>
        swaps.pass(key, () => store.swap(key, expected, next, ttl)),
    },
    holdRead: (kind) => reads.hold(kind),
    loseSwap: (kind) => swaps.hold(kind),
  }
}
