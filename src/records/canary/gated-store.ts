// A store that answers nothing before the canary has confirmed that it belongs to SESSION_SECRET. Under another
// secret every name is "not found", and clients throw their registrations and tokens away.
import { scanKeys } from '../../store/scan-keys.ts'
import type { Store } from '../../store/store.ts'
import type { Canary } from './canary.ts'

type Gate = Pick<Canary, 'isConfirmed' | 'confirm'>

/** `ping`, `createLimiter` and `close` are not gated: none of them reads a record. */
export function gateStore(store: Store, gate: Gate): Store {
  // Synchronous once the gate is open, so that commands of one tick reach the backend in one write.
  const pass = <T>(operation: () => Promise<T>): Promise<T> =>
    gate.isConfirmed ? operation() : gate.confirm().then(operation)
  async function* scanPages(prefix: string) {
    if (!gate.isConfirmed) await gate.confirm()
    yield* store.scanPages(prefix)
  }
  return {
    ...store,
    get: (key) => pass(() => store.get(key)),
    getWithTtl: (key) => pass(() => store.getWithTtl(key)),
    set: (key, value, ttlSeconds) => pass(() => store.set(key, value, ttlSeconds)),
    delete: (key) => pass(() => store.delete(key)),
    swap: (...swap) => pass(() => store.swap(...swap)),
    take: (key) => pass(() => store.take(key)),
    scan: (prefix) => scanKeys(scanPages(prefix)),
    scanPages,
  }
}
