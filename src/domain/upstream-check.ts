// What start-up reports about the upstream. It waits for nothing: the server serves what it can.
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import type { HomeUpstream } from '../records/upstream/home-upstream.ts'
import type { RelyingParty } from '../upstream/relying-party.ts'

/** Never rejects. */
export function createUpstreamCheck(options: {
  relyingParty: Pick<RelyingParty, 'check'>
  homeUpstream: HomeUpstream
  config: { readonly upstream: Pick<Config['upstream'], 'issuer'> }
  logger: Pick<Logger, 'warn'>
}): () => Promise<void> {
  const { relyingParty, homeUpstream, logger } = options
  const upstreamIssuer = options.config.upstream.issuer
  return async () => {
    // The upstream of the first start becomes home, whoever signs in first.
    const home = homeUpstream.getMark().catch((err: unknown) => {
      logger.warn({ err }, 'cannot read the home upstream: the first sign-in tries again')
    })
    const reach = relyingParty.check().catch((err: unknown) => {
      logger.warn({ err, upstreamIssuer }, 'nobody can sign in: see UPSTREAM_ISSUER')
    })
    await Promise.all([home, reach])
  }
}
