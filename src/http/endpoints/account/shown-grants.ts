// The account page's entry for each grant: the client and the MCP server in words, and the times.
import type { Config } from '../../../config/load.ts'
import type { GrantedAccess, GrantSummary } from '../../../domain/access/granted-access.ts'
import type { KnownClients } from '../../../domain/known-clients.ts'
import type { ResourceServers } from '../../../domain/resource-server.ts'
import type { StoredAccount } from '../../../records/record-values.ts'
import type { AccountPageData } from '../../views/account/account-page.ts'
import type { ShownGrant } from '../../views/account/grant-list.ts'
import type { Catalogue } from '../../views/locales/catalogue.ts'
import { localiseScopes } from '../../views/names.ts'

const MINUTE_SECONDS = 60
const DAY_SECONDS = 24 * 60 * MINUTE_SECONDS

export type GrantLister = (
  account: StoredAccount,
  catalogue: Catalogue,
) => Promise<Pick<AccountPageData, 'grants' | 'accessTokenMinutes' | 'idleDays'>>

export function createGrantLister(options: {
  grantedAccess: GrantedAccess
  knownClients: KnownClients
  servers: ResourceServers
  config: Pick<Config, 'lifetimes'>
}): GrantLister {
  const { grantedAccess, knownClients, servers } = options
  const { accessTokenSeconds, refreshTokenSeconds, refreshMaxLifetimeSeconds } =
    options.config.lifetimes
  const longest = Math.max(accessTokenSeconds, ...servers.all.map((one) => one.accessTokenSeconds))
  const isIdleShorter = refreshTokenSeconds < refreshMaxLifetimeSeconds
  const idleDays = isIdleShorter ? Math.floor(refreshTokenSeconds / DAY_SECONDS) : 0

  function show(grant: GrantSummary, names: Names, catalogue: Catalogue): ShownGrant {
    // The configuration may have lost the resource server since.
    const server = servers.find(grant.resource) ?? { name: grant.resource, scopes: {} }
    return {
      reference: grant.grant,
      clientName: names.get(grant.clientId),
      clientOrigin: knownClients.originOf(grant.clientId),
      resource: { name: server.name, uri: grant.resource },
      scopes: localiseScopes(grant.scopes, server, catalogue),
      sinceMs: grant.createdAt * 1000,
      lastUsedMs: grant.lastUsedAt === undefined ? undefined : grant.lastUsedAt * 1000,
      untilMs: grant.endsAt * 1000,
    }
  }

  async function findNames(grants: readonly GrantSummary[]): Promise<Names> {
    const clientIds = [...new Set(grants.map(({ clientId }) => clientId))]
    const clients = await Promise.all(clientIds.map((id) => knownClients.find(id)))
    return new Map(clientIds.map((id, index) => [id, clients[index]?.name]))
  }

  return async (account, catalogue) => {
    const grants = await grantedAccess.list(account)
    const names = await findNames(grants)
    return {
      grants: grants.map((grant) => show(grant, names, catalogue)),
      accessTokenMinutes: Math.ceil(longest / MINUTE_SECONDS),
      idleDays: idleDays >= 2 ? idleDays : undefined,
    }
  }
}

type Names = ReadonlyMap<string, string | undefined>
