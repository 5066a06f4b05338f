// The kill switches of a server, over the same store as the server itself.
import type { Config } from '../../src/config/load.ts'
import { type AccessControl, createAccessControl } from '../../src/domain/access/end-access.ts'
import { createLogger } from '../../src/log.ts'
import { createRecordStores } from '../../src/records/create-record-stores.ts'
import type { StoredAccount } from '../../src/records/record-values.ts'
import type { Store } from '../../src/store/store.ts'

export interface Access {
  readonly control: AccessControl
  find(sub: string): Promise<StoredAccount | undefined>
  /** As if the list of the account had been full: its grants are live, and none is listed. */
  unlist(sub: string): Promise<void>
}

export function openAccess(config: Config, store: Store): Access {
  const now = Date.now
  const logger = createLogger({ level: 'silent' })
  const stores = createRecordStores({ config, store, now, monotonicNow: now, logger })
  const { accounts, grantLists } = stores
  return {
    control: createAccessControl({ ...stores, onEvent() {}, now }),
    find: (sub) => accounts.find(sub),
    async unlist(sub) {
      const listed = await grantLists.find(sub)
      await grantLists.remove(sub, new Set(listed.map(({ grant }) => grant)))
      await accounts.change(sub, (known) => ({
        ...(known ?? { sub, claims: {} }),
        hasUnlistedGrants: true,
      }))
    },
  }
}
