// Resource servers for tests of the rules that find them. The first one is the default.
import { createResourceServers } from '../../src/domain/resource-server.ts'

export function resourceServersOf(...resources: string[]) {
  return createResourceServers({
    resourceServers: resources.map((resource) => ({
      resource,
      aliases: [],
      name: resource,
      scopes: { 'mcp:tools': 'Use the tools' },
      defaultScopes: ['mcp:tools'],
      accessTokenSeconds: 900,
      tokenClaims: [],
    })),
    defaultResource: resources[0],
    clients: [],
  })
}
