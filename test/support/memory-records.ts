// The records of one process, over a memory store by default.
import { createSeal } from '../../src/crypto/seal.ts'
import { markOfIssuer } from '../../src/oauth/issuer.ts'
import { createKeyNames } from '../../src/records/key-names.ts'
import { createRecords, type Records } from '../../src/records/records.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'

const SECRETS = ['a secret of thirty-two bytes and more'] as const

export const TEST_SEAL = createSeal(SECRETS)
export const TEST_KEY_NAMES = createKeyNames({ prefix: 'test', sessionSecrets: SECRETS })

export const TEST_UPSTREAM_ISSUER = 'https://upstream.example'

export function createMemoryRecords(
  store: Store = createMemoryStore({ now: Date.now }),
  upstreamIssuer = TEST_UPSTREAM_ISSUER,
  homeIssuer = TEST_UPSTREAM_ISSUER,
): Records {
  return createRecords({
    store,
    seal: TEST_SEAL,
    keyNames: TEST_KEY_NAMES,
    upstreamIssuer,
    getHomeMark: async () => markOfIssuer(homeIssuer),
  })
}
