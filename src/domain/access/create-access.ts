// The kill switches of this server, with what the upstream may do to its people.
import type { Config } from '../../config/load.ts'
import type { RecordStores } from '../../records/create-record-stores.ts'
import { createDiscoveredUpstream } from '../../upstream/discovered-upstream.ts'
import {
  createSignedStatements,
  type StatementIssuer,
} from '../../upstream/statements/signed-statements.ts'
import type { UpstreamFetch } from '../../upstream/upstream-fetch.ts'
import type { Accounts } from '../account.ts'
import { type AccessControl, type AccessEvent, createAccessControl } from './end-access.ts'
import { createUpstreamEvents, type UpstreamEvents } from './upstream-events.ts'

export function createAccess(options: {
  config: Config
  stores: RecordStores
  accounts: Accounts
  /** Our endpoint for global token revocation. */
  revocationUrl: string
  onEvent: (event: AccessEvent) => void
  fetch: UpstreamFetch
  now: () => number
}): { readonly access: AccessControl; readonly upstreamEvents: UpstreamEvents } {
  const { config, stores, onEvent, now } = options
  const { upstream, upstreamEvents: settings } = config
  const access = createAccessControl({ ...stores, onEvent, now })
  const statementsOf = (from: StatementIssuer) => createSignedStatements({ ...options, from })
  const fromUpstream = statementsOf(describeUpstream(options))
  const { issuer, jwksUri } = settings.globalTokenRevocation
  const upstreamEvents = createUpstreamEvents({
    ...options,
    ...stores,
    accounts: options.accounts,
    settings,
    upstream,
    statements: {
      logout: fromUpstream,
      revocation:
        issuer === null || jwksUri === null
          ? fromUpstream
          : statementsOf({ issuer, findJwksUri: async () => jwksUri }),
    },
    access,
  })
  return { access, upstreamEvents }
}

function describeUpstream(options: {
  config: Pick<Config, 'upstream'>
  fetch: UpstreamFetch
  now: () => number
}): StatementIssuer {
  const { upstream } = options.config
  // Of its own: a stranger's statement must not delay the discovery that a sign-in needs.
  const discovered = createDiscoveredUpstream({ ...options, upstream })
  return {
    issuer: upstream.issuer,
    async findJwksUri() {
      const uri = (await discovered.get()).serverMetadata().jwks_uri
      if (uri === undefined) throw new Error('the upstream publishes no keys')
      return uri
    },
  }
}
