// The access rules of a configuration file, resolved for three MCP servers as the server does at its start.
import { type AccessRule, resolveAccess } from '../../src/config/access/access-rules.ts'
import { createAccessPolicy } from '../../src/domain/access/access-policy.ts'

export const CRM = 'https://mcp.example.com/crm'
export const CRM_ALIAS = 'https://crm.example.com/mcp'
export const WIKI = 'https://mcp.example.com/wiki'

const describe = (...scopes: string[]) => Object.fromEntries(scopes.map((name) => [name, name]))

export const RULE_SERVERS = [
  { resource: CRM, aliases: [CRM_ALIAS], scopes: describe('crm:read', 'crm:write') },
  { resource: WIKI, aliases: [], scopes: describe('wiki:read', 'crm:read') },
]

const CLAIMS = ['groups', 'roles', 'employment', 'level', 'admin', '__proto__']

export function resolveRules(rules: readonly unknown[]): {
  rules: readonly AccessRule[]
  faults: readonly string[]
} {
  const faults: string[] = []
  const resolved = resolveAccess({
    settings: { rules },
    servers: RULE_SERVERS,
    claims: CLAIMS,
    reportFault: (name, message) => faults.push(`${name}: ${message}`),
  })
  return { rules: resolved.rules, faults }
}

/** @throws Error if the rules have a fault */
export function policyOf(rules: readonly unknown[]) {
  const resolved = resolveRules(rules)
  if (resolved.faults.length > 0) throw new Error(resolved.faults.join('\n'))
  return createAccessPolicy({ access: resolved, resourceServers: RULE_SERVERS })
}
