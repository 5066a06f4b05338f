// The store of the server, as its administration sees it: opened by the same settings, and read whether or not a
// server runs.
import type { Config } from '../config/load.ts'
import { createSeal, type Seal } from '../crypto/seal.ts'
import type { Logger } from '../log.ts'
import { createRecordStores, type RecordStores } from '../records/create-record-stores.ts'
import { createKeyNames, type KeyNames } from '../records/key-names.ts'
import { createRecordListing, type RecordListing } from '../records/listing/record-listing.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { AdminError } from './admin-error.ts'

export interface AdminRecords {
  /** Not gated by the canary. */
  readonly store: Store
  readonly stores: RecordStores
  readonly listing: RecordListing
  readonly seal: Seal
  readonly keyNames: KeyNames
  close(): Promise<void>
}

/**
 * @param options.isNew the store may be new or empty, and its canary is not read
 * @throws AppError store_unavailable
 */
export async function openAdminRecords(options: {
  config: Config
  logger: Logger
  now: () => number
  isNew?: boolean
}): Promise<AdminRecords> {
  const { config, logger, now, isNew = false } = options
  if (config.storeUrl.toLowerCase().startsWith('memory:')) {
    throw new AdminError('STORE_URL is memory: its records are in the memory of the server')
  }
  const store = await openStore({
    url: config.storeUrl,
    now,
    mustExist: !isNew,
    onError: (err) => logger.warn({ err }, 'the store has trouble'),
  })
  const monotonicNow = () => performance.now()
  const stores = createRecordStores({
    config,
    store,
    now,
    monotonicNow,
    logger,
    decidesHome: false,
  })
  const { sessionSecrets, storeKeyPrefix } = config
  const seal = createSeal(sessionSecrets)
  try {
    if (!isNew) await stores.canary.confirm()
  } catch (error) {
    await store.close()
    throw error
  }
  const keyNames = createKeyNames({ prefix: storeKeyPrefix, sessionSecrets })
  return {
    store,
    stores,
    listing: createRecordListing({
      store,
      seal,
      storeKeyPrefix,
      keyNames,
      upstreamIssuer: config.upstream.subjectIssuer,
      getHomeMark: stores.homeUpstream.getMark,
    }),
    seal,
    keyNames,
    close: store.close,
  }
}
