// The home upstream: the one that this store began with. Its people keep their subjects as they are, and records
// without a mark are theirs (docs/adr/0017-accounts-by-issuer.md).
import { DAY_SECONDS } from '../../config/lifetimes.ts'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { markOfIssuer } from '../../oauth/issuer.ts'
import type { Records } from '../records.ts'

export interface HomeUpstream {
  /** Its mark (markOfIssuer). Reads the store once a day. @throws AppError store_unavailable */
  getMark(): Promise<string>
}

const KIND = 'HomeUpstream'
const ID = 'home'
/** MCP servers keep data for longer than this server keeps accounts. Each start and each day of use renews it. */
const TTL_SECONDS = 3650 * DAY_SECONDS

/** Reads which upstream is home, and never decides it: for administration, whose settings may be wrong. */
export function createHomeReader(options: {
  records: Pick<Records, 'find'>
  issuer: string
}): HomeUpstream {
  const { records, issuer } = options
  return { getMark: async () => (await records.find(KIND, ID))?.mark ?? markOfIssuer(issuer) }
}

/** @param options.issuer that of the configured upstream, which becomes home if the store has none */
export function createHomeUpstream(options: {
  records: Pick<Records, 'open' | 'add' | 'find'>
  issuer: string
  now: () => number
  logger: Pick<Logger, 'warn'>
}): HomeUpstream {
  const { records, issuer, now, logger } = options
  const ownMark = markOfIssuer(issuer)
  let known: { readonly mark: string; readonly readAtMs: number } | undefined
  let pending: Promise<string> | undefined

  async function findOrAdd(): Promise<string | undefined> {
    const record = await records.open(KIND, ID)
    if (record) {
      // If this fails, another process has just renewed it.
      await record.replace(record.value, TTL_SECONDS)
      return record.value.mark
    }
    // Somebody may have emptied the store while this process ran.
    const mark = known?.mark ?? ownMark
    if (await records.add(KIND, ID, { mark }, TTL_SECONDS)) return mark
    return (await records.find(KIND, ID))?.mark
  }

  async function read(): Promise<string> {
    try {
      const mark = await findOrAdd()
      if (mark === undefined) {
        const cause = new Error('the home upstream was removed while it was read')
        throw new AppError('store_unavailable', { cause })
      }
      if (!known && mark !== ownMark) {
        logger.warn(
          { upstreamIssuer: issuer },
          'not the home upstream: its people get subjects of their own, see UPSTREAM_SUBJECTS_OF',
        )
      }
      known = { mark, readAtMs: now() }
      return mark
    } finally {
      pending = undefined
    }
  }

  return {
    async getMark() {
      if (known && now() - known.readAtMs < DAY_SECONDS * 1000) return known.mark
      pending ??= read()
      return pending
    },
  }
}
