// The report of start-up about the store and the upstream. It waits for nothing: the server serves what it can.
import type { Config } from '../config/load.ts'
import { reasonOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Canary } from '../records/canary/canary.ts'
import type { HomeUpstream } from '../records/upstream/home-upstream.ts'
import type { RelyingParty } from '../upstream/relying-party.ts'

/** Never rejects. */
export function createStartCheck(options: {
  relyingParty: Pick<RelyingParty, 'check'>
  homeUpstream: HomeUpstream
  canary: Pick<Canary, 'check'>
  config: { readonly upstream: Pick<Config['upstream'], 'issuer'> }
  logger: Pick<Logger, 'warn' | 'error'>
}): () => Promise<void> {
  const { relyingParty, homeUpstream, canary, logger } = options
  const upstreamIssuer = options.config.upstream.issuer
  return async () => {
    const store = canary.check().catch((err: unknown) => {
      logger.error({ reason: reasonOf(err), err }, 'the store cannot be used')
    })
    // The upstream of the first start becomes home, whoever signs in first.
    const home = homeUpstream.getMark().catch((err: unknown) => {
      logger.warn({ err }, 'cannot read the home upstream: the first sign-in tries again')
    })
    const reach = relyingParty.check().catch((err: unknown) => {
      logger.warn({ err, upstreamIssuer }, 'nobody can sign in: see UPSTREAM_ISSUER')
    })
    await Promise.all([store, home, reach])
  }
}
