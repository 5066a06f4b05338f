// The kill switches of a server, over the same store as the server itself.
import assert from 'node:assert/strict'
import type { Config } from '../../src/config/load.ts'
import { type AccessControl, createAccessControl } from '../../src/domain/access/end-access.ts'
import { createLogger } from '../../src/log.ts'
import { createRecordStores } from '../../src/records/create-record-stores.ts'
import type { StoredAccount } from '../../src/records/record-values.ts'
import type { Store } from '../../src/store/store.ts'

const LIFETIME_SECONDS = 3600

export interface Access {
  readonly control: AccessControl
  find(sub: string): Promise<StoredAccount | undefined>
  findUpstreamTokens(sub: string): Promise<unknown>
  /** As if the upstream had not vouched for the account for years. */
  age(sub: string): Promise<void>
  /** As if the list of the account had been full: its grants are live, and none is listed. */
  unlist(sub: string): Promise<void>
  /** As an earlier release left them: the account, its listed grants, and the browser's session. */
  forgetGenerations(sub: string, cookies: readonly { readonly value: string }[]): Promise<void>
}

export function openAccess(config: Config, store: Store): Access {
  const now = Date.now
  const logger = createLogger({ level: 'silent' })
  const stores = createRecordStores({ config, store, now, monotonicNow: now, logger })
  const { accounts, grantLists, records } = stores
  return {
    control: createAccessControl({ ...stores, onEvent() {}, now }),
    find: (sub) => accounts.find(sub),
    findUpstreamTokens: async (sub) => (await stores.upstreamTokens.open(sub))?.value,
    async age(sub) {
      await accounts.change(sub, (known) => known && { ...known, checkedAtMs: 1 })
    },
    async unlist(sub) {
      const listed = await grantLists.find(sub)
      await grantLists.remove(sub, new Set(listed.map(({ grant }) => grant)))
      await accounts.change(sub, (known) => ({
        ...(known ?? { sub, claims: {} }),
        hasUnlistedGrants: true,
      }))
    },
    async forgetGenerations(sub, cookies) {
      const without = { generation: undefined, sessionGeneration: undefined }
      await accounts.change(sub, (known) => known && { ...known, ...without })
      let sessions = 0
      for (const { value: id } of cookies) {
        const session = await records.find('Session', id)
        if (!session) continue
        sessions += 1
        await records.save('Session', id, { ...session, ...without }, LIFETIME_SECONDS)
      }
      assert.ok(sessions > 0)
      for (const { grant } of await grantLists.find(sub)) {
        const opened = await records.openByHash('Grant', grant)
        await opened?.replace({ ...opened.value, ...without }, LIFETIME_SECONDS)
      }
    },
  }
}
